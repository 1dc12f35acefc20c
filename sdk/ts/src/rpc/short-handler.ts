import {
  readAllBytes,
  type UniversalHandler,
  type UniversalHandlerFn,
  type UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { parseContentType } from "@connectrpc/connect/protocol-connect";
import type { AnswerUnary } from "./answer-unary.ts";
import { oneChunk } from "./byte-stream.ts";

/** Has a handler answer unary calls of the Connect protocol by POST the short way; all others go through it as before. */
export function shortenHandler(handler: UniversalHandler, answer: AnswerUnary, maxBytes: number): UniversalHandler {
  const run: UniversalHandlerFn = async (request) => {
    const type = parseContentType(request.header.get("content-type"));
    if (request.method !== "POST" || !type || type.stream || !isByteStream(request)) return handler(request);
    const { url, header, signal, body: sent } = request;
    const read = () => readAllBytes(sent, maxBytes, header.get("content-length"));
    const answered = await answer({ url, header, binary: type.binary, signal, read });
    answered.header.set("content-length", String(answered.body.length));
    return { status: answered.status, header: answered.header, body: oneChunk(answered.body) };
  };
  return Object.assign(run, handler);
}

type ByteStreamRequest = UniversalServerRequest & { readonly body: AsyncIterable<Uint8Array> };

function isByteStream(request: UniversalServerRequest): request is ByteStreamRequest {
  return typeof request.body === "object" && request.body !== null && Symbol.asyncIterator in request.body;
}
