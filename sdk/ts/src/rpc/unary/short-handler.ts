import {
  readAllBytes,
  type UniversalHandler,
  type UniversalHandlerFn,
  type UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { parseContentType as parseConnectType } from "@connectrpc/connect/protocol-connect";
import { parseContentType as parseGrpcType } from "@connectrpc/connect/protocol-grpc";
import { oneChunk } from "../byte-stream.ts";
import type { HttpAnswer } from "../http/write-http2.ts";
import type { AnswerConnect } from "./answer-connect.ts";
import type { AnswerGrpc } from "./answer-grpc.ts";
import { readOneMessage } from "./read-one-message.ts";

/** The short ways to a unary method. */
export interface ShortWays {
  readonly connect: AnswerConnect;
  readonly grpc: AnswerGrpc;
}

/**
 * Has the handler of a unary method answer by Connect's protocol and gRPC the short way; all others, and requests that are not
 * as they should be, go through it as before.
 */
export function shortenHandler(handler: UniversalHandler, ways: ShortWays, maxBytes: number): UniversalHandler {
  const run: UniversalHandlerFn = async (request) => {
    if (request.method !== "POST" || !isByteStream(request)) return handler(request);
    const type = request.header.get("content-type");
    const connect = parseConnectType(type);
    if (connect && !connect.stream) return answerConnect(ways.connect, request, connect.binary, maxBytes);
    const grpc = parseGrpcType(type);
    return grpc ? answerGrpc({ handler, answer: ways.grpc, maxBytes }, request, grpc.binary) : handler(request);
  };
  return Object.assign(run, handler);
}

type Request = UniversalServerRequest & { readonly body: AsyncIterable<Uint8Array> };

function isByteStream(request: UniversalServerRequest): request is Request {
  return typeof request.body === "object" && request.body !== null && Symbol.asyncIterator in request.body;
}

async function answerConnect(
  answer: AnswerConnect,
  { url, header: asked, signal, body: sent }: Request,
  binary: boolean,
  maxBytes: number,
): Promise<HttpAnswer> {
  const read = () => readAllBytes(sent, maxBytes, asked.get("content-length"));
  const { status, header, body } = await answer({ url, header: asked, binary, signal, read });
  header.set("content-length", String(body.length));
  return { status, header, ...inOne(body) };
}

interface GrpcWay {
  readonly handler: UniversalHandler;
  readonly answer: AnswerGrpc;
  readonly maxBytes: number;
}

async function answerGrpc(
  { handler, answer, maxBytes }: GrpcWay,
  request: Request,
  binary: boolean,
): Promise<HttpAnswer> {
  const startedMs = performance.now();
  const { message, again } = await readOneMessage(request.body, maxBytes);
  if (!message) return handler({ ...request, body: again() });
  const { url, header: asked, signal } = request;
  const { header, trailer, body } = await answer({ url, header: asked, binary, signal, message, startedMs });
  return { status: 200, header, trailer, ...(body ? inOne(body) : {}) };
}

/** As a stream, for whoever reads answers of Connect, and in full, for whoever can write it at once. */
function inOne(whole: Uint8Array): Pick<HttpAnswer, "body" | "whole"> {
  return { body: oneChunk(whole), whole };
}
