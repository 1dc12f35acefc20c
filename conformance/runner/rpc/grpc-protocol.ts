import { type Hearing, ownError } from "./call-outcome.ts";
import { unpackMessage } from "./compression.ts";
import { readFrames, trailersFlag } from "./frames.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { type HeaderList, headerOf } from "./http-headers.ts";
import { decodeMessage } from "./method-codec.ts";
import { codeOfStatus } from "./rpc-codes.ts";
import { fromGrpcTrailers } from "./rpc-error.ts";
import type { RunnerCall } from "./runner-call.ts";

/**
 * The head of a call by gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) or gRPC-Web
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md).
 */
export function grpcHead({ way, headers, timeoutMs, compression }: RunnerCall): HeaderList {
  const isWeb = way.protocol === "grpc-web";
  return [
    { name: "content-type", value: `application/${way.protocol}+${way.codec}` },
    isWeb ? { name: "x-grpc-web", value: "1" } : { name: "te", value: "trailers" },
    ...(timeoutMs === undefined ? [] : [{ name: "grpc-timeout", value: `${timeoutMs}m` }]),
    ...(compression
      ? [
          { name: "grpc-encoding", value: compression },
          { name: "grpc-accept-encoding", value: compression },
        ]
      : []),
    ...headers,
  ];
}

/** Hears the answer. Trailers stand in the head where there are no messages, in the last frame of gRPC-Web, else behind. */
export async function hearGrpc(exchange: HttpExchange, { way, method }: RunnerCall, hearing: Hearing): Promise<void> {
  const { status, headers } = await exchange.head;
  hearing.headers = headers;
  const encoding = headerOf(headers, "grpc-encoding");
  let trailers: HeaderList | undefined = headerOf(headers, "grpc-status") === undefined ? undefined : headers;
  if (status === 200) {
    for await (const frame of readFrames(exchange.body)) {
      if (frame.flags & trailersFlag) trailers = readTrailers(Buffer.from(frame.bytes).toString());
      else hearing.messages.push(decodeMessage(method.output, unpackMessage(frame, encoding), way.codec));
    }
  }
  trailers ??= exchange.trailers();
  hearing.trailers = trailers.filter(({ name }) => !name.toLowerCase().startsWith("grpc-"));
  hearing.error =
    status === 200
      ? fromGrpcTrailers((name) => headerOf(trailers, name))
      : ownError(codeOfStatus(status), `HTTP ${status}`);
}

function readTrailers(block: string): HeaderList {
  return block
    .split("\r\n")
    .filter((line) => line.includes(":"))
    .map((line) => {
      const colon = line.indexOf(":");
      return { name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() };
    });
}
