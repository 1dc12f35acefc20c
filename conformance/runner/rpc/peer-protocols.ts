import type { DescMethod } from "@bufbuild/protobuf";
import type { Json } from "../suite/json.ts";
import { compress, decompress, packMessage, unpackMessage } from "./compression.ts";
import { endFlag, readFrames, trailersFlag, writeFrame } from "./frames.ts";
import { type HeaderList, headerOf, toNodeHeaders } from "./http-headers.ts";
import { decodeMessage, encodeMessage, givesStream, takesStream } from "./method-codec.ts";
import type { AnswerSink, RequestSource } from "./peer-http.ts";
import type { AnswerWriter } from "./play-echo.ts";
import { statusOf } from "./rpc-codes.ts";
import { toConnectJson, toGrpcTrailers } from "./rpc-error.ts";
import type { Way } from "./way.ts";

type Dialect = "connect-unary" | "connect-stream" | "grpc" | "grpc-web";

function dialectOf(method: DescMethod, headers: HeaderList): Dialect {
  const type = headerOf(headers, "content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  if (type.startsWith("application/grpc")) return "grpc";
  return takesStream(method) || givesStream(method) ? "connect-stream" : "connect-unary";
}

function codecOf(headers: HeaderList): Way["codec"] {
  return /json/.test(headerOf(headers, "content-type") ?? "") ? "json" : "proto";
}

/** Reads the requests of a call, of a GET out of its query. */
export async function* readRequests(
  method: DescMethod,
  headers: HeaderList,
  request: RequestSource,
): AsyncGenerator<Json> {
  const read = (bytes: Uint8Array, codec = codecOf(headers)) => decodeMessage(method.input, bytes, codec);
  if (request.method === "GET") {
    const query = new URL(request.url ?? "", "http://peer").searchParams;
    const form = query.get("base64") === "1" ? "base64url" : "utf8";
    yield read(Buffer.from(query.get("message") ?? "", form), query.get("encoding") === "json" ? "json" : "proto");
    return;
  }
  const dialect = dialectOf(method, headers);
  if (dialect === "connect-unary") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    yield read(decompress(Buffer.concat(chunks), headerOf(headers, "content-encoding")));
    return;
  }
  const encoding = headerOf(headers, dialect === "connect-stream" ? "connect-content-encoding" : "grpc-encoding");
  for await (const frame of readFrames(request)) yield read(unpackMessage(frame, encoding));
}

/** Answers a call in the protocol that it came in. */
export function openAnswer(
  method: DescMethod,
  headers: HeaderList,
  response: AnswerSink,
  compression: string,
): AnswerWriter {
  const dialect = dialectOf(method, headers);
  const isGet = headerOf(headers, "content-type") === undefined;
  const codec = isGet && /encoding=json/.test(response.req.url ?? "") ? "json" : codecOf(headers);
  if (dialect === "connect-unary") return answerConnectUnary(method, response, codec, compression);
  const type = headerOf(headers, "content-type") ?? "";
  const encodingHeader = dialect === "connect-stream" ? "connect-content-encoding" : "grpc-encoding";
  return {
    begin(list) {
      const encoding = compression ? { [encodingHeader]: compression } : {};
      response.writeHead(200, { ...toNodeHeaders(list), "content-type": type, ...encoding });
      response.flushHeaders();
    },
    message(json) {
      response.write(writeFrame(packMessage(encodeMessage(method.output, json, codec), compression)));
    },
    end(trailers, error) {
      if (dialect === "connect-stream") {
        const end = { metadata: toNodeHeaders(trailers), ...(error ? { error: toConnectJson(error) } : {}) };
        response.write(writeFrame({ flags: endFlag, bytes: Buffer.from(JSON.stringify(end)) }));
      } else if (dialect === "grpc-web") {
        const lines = [...toGrpcTrailers(error), ...trailers].map(({ name, value }) => `${name}: ${value}\r\n`);
        response.write(writeFrame({ flags: trailersFlag, bytes: Buffer.from(lines.join("")) }));
      } else
        for (const [name, values] of trailersOf([...toGrpcTrailers(error), ...trailers]))
          addTrailer(response, name, values);
      response.end();
    },
  };
}

/** The head waits for the end, as it says whether the call failed. */
function answerConnectUnary(
  method: DescMethod,
  response: AnswerSink,
  codec: Way["codec"],
  compression: string,
): AnswerWriter {
  let leading: HeaderList = [];
  let body: Uint8Array = new Uint8Array();
  return {
    begin(list) {
      leading = list;
    },
    message(json) {
      body = compress(encodeMessage(method.output, json, codec), compression);
    },
    end(trailers, error) {
      const trailing = trailers.map(({ name, value }) => ({ name: `trailer-${name}`, value }));
      const encoding = compression && !error ? { "content-encoding": compression } : {};
      response.writeHead(error ? statusOf(error.code) : 200, {
        ...toNodeHeaders([...leading, ...trailing]),
        "content-type": `application/${error ? "json" : codec}`,
        ...encoding,
      });
      response.end(error ? JSON.stringify(toConnectJson(error)) : body);
    },
  };
}

function trailersOf(list: HeaderList): [string, string[]][] {
  return Object.entries(toNodeHeaders(list));
}

/** HTTP/2's compatible interface sets one trailer at a time. */
function addTrailer(response: AnswerSink, name: string, values: readonly string[]): void {
  const { setTrailer } = response as unknown as { setTrailer(name: string, value: string | readonly string[]): void };
  setTrailer.call(response, name, values.length === 1 ? values[0]! : values);
}
