import type { Json } from "../suite/json.ts";
import { type Hearing, ownError } from "./call-outcome.ts";
import { decompress, unpackMessage } from "./compression.ts";
import { endFlag, readFrames } from "./frames.ts";
import type { HttpAsk, HttpExchange } from "./http-exchange.ts";
import { type HeaderList, headerOf } from "./http-headers.ts";
import { decodeMessage, encodeMessage, givesStream, pathOfMethod, takesStream } from "./method-codec.ts";
import { codeOfStatus } from "./rpc-codes.ts";
import { fromConnectJson } from "./rpc-error.ts";
import type { RunnerCall } from "./runner-call.ts";

/** Whether a call has neither stream, so that Connect puts the message itself into the body. */
export function isConnectUnary({ way, method }: RunnerCall): boolean {
  return way.protocol === "connect" && !takesStream(method) && !givesStream(method);
}

/** The head of a POST (https://connectrpc.com/docs/protocol). */
export function connectHead(call: RunnerCall): HeaderList {
  const { way, headers, compression } = call;
  const unary = isConnectUnary(call);
  const prefix = unary ? "" : "connect-";
  return [
    { name: "content-type", value: `application/${unary ? "" : "connect+"}${way.codec}` },
    { name: "connect-protocol-version", value: "1" },
    ...timeoutOf(call),
    ...(compression
      ? [
          { name: `${prefix}content-encoding`, value: compression },
          { name: `${prefix}accept-encoding`, value: compression },
        ]
      : []),
    ...headers,
  ];
}

/** A GET of a method without side effects. */
export function connectGet(call: RunnerCall): HttpAsk {
  const { way, method, messages, headers } = call;
  const message = Buffer.from(encodeMessage(method.input, messages[0] ?? {}, way.codec));
  const query = new URLSearchParams({ connect: "v1", encoding: way.codec });
  if (way.codec === "json") query.set("message", message.toString());
  else {
    query.set("base64", "1");
    query.set("message", message.toString("base64url"));
  }
  return {
    method: "GET",
    path: `${pathOfMethod(method)}?${query}`,
    headers: [...timeoutOf(call), ...headers],
    body: new Uint8Array(),
  };
}

function timeoutOf({ timeoutMs }: RunnerCall): HeaderList {
  return timeoutMs === undefined ? [] : [{ name: "connect-timeout-ms", value: String(timeoutMs) }];
}

/** Hears the answer of a unary call; its trailers are headers that begin with `trailer-`. */
export async function hearConnectUnary(
  exchange: HttpExchange,
  { way, method }: RunnerCall,
  hearing: Hearing,
): Promise<void> {
  const { status, headers } = await exchange.head;
  const isTrailer = ({ name }: { readonly name: string }) => name.toLowerCase().startsWith("trailer-");
  hearing.headers = headers.filter((each) => !isTrailer(each));
  hearing.trailers = headers
    .filter(isTrailer)
    .map(({ name, value }) => ({ name: name.slice("trailer-".length), value }));
  const bytes = decompress(await collect(exchange.body), headerOf(headers, "content-encoding"));
  if (status === 200) hearing.messages.push(decodeMessage(method.output, bytes, way.codec));
  else hearing.error = fromConnectJson(parse(bytes)) ?? ownError(codeOfStatus(status), `HTTP ${status}`);
}

/** Hears a stream; its last frame tells how it ended. */
export async function hearConnectStream(
  exchange: HttpExchange,
  { way, method }: RunnerCall,
  hearing: Hearing,
): Promise<void> {
  const { status, headers } = await exchange.head;
  hearing.headers = headers;
  if (status !== 200) {
    hearing.error = ownError(codeOfStatus(status), `HTTP ${status}`);
    return;
  }
  const encoding = headerOf(headers, "connect-content-encoding");
  let ended = false;
  for await (const frame of readFrames(exchange.body)) {
    const bytes = unpackMessage(frame, encoding);
    if (frame.flags & endFlag) {
      hearEnd(JSON.parse(Buffer.from(bytes).toString()) as EndOfStream, hearing);
      ended = true;
    } else hearing.messages.push(decodeMessage(method.output, bytes, way.codec));
  }
  if (!ended) hearing.error = ownError("unavailable", "the stream broke off");
}

interface EndOfStream {
  readonly error?: Json;
  readonly metadata?: Readonly<Record<string, readonly string[]>>;
}

function hearEnd({ error, metadata = {} }: EndOfStream, hearing: Hearing): void {
  hearing.trailers = Object.entries(metadata).flatMap(([name, values]) => values.map((value) => ({ name, value })));
  if (error !== undefined) hearing.error = fromConnectJson(error) ?? ownError("unknown", "an error without a code");
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
