import type { IncomingMessage } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import type { HttpRequest, HttpResponse } from "./answer.ts";

/** Where the body of a request comes from: below Node's layer over HTTP/2, which copies it once more. */
export function bodySource(request: HttpRequest): IncomingMessage | ServerHttp2Stream {
  return "stream" in request ? request.stream : request;
}

/**
 * Gives a request as handlers take it. Its signal aborts when the peer goes before the answer is written, and not when all
 * went well: an abort nobody waits for costs more than the rest of reading a call.
 */
export function readCall(request: HttpRequest, response: HttpResponse): UniversalServerRequest {
  const left = new AbortController();
  const { encrypted } = request.socket as { readonly encrypted?: boolean };
  const authority = "authority" in request ? request.authority : request.headers.host;
  const source = bodySource(request);
  if ("rstCode" in source) source.once("close", () => leaveStream(source, left));
  else response.once("close", () => leaveExchange(response, left));
  return {
    httpVersion: request.httpVersion,
    method: request.method ?? "",
    url: `${encrypted ? "https" : "http"}://${authority ?? "localhost"}${request.url ?? "/"}`,
    header: readHead(request),
    body: readBody(source),
    signal: left.signal,
  };
}

function leaveStream(stream: ServerHttp2Stream, left: AbortController): void {
  if (stream.rstCode !== 0) left.abort(gone(stream.rstCode));
  // A peer closes the stream with the last byte, which can be before Node has told that it was written.
  else if (!stream.writableEnded) left.abort(gone(0));
}

function leaveExchange(response: HttpResponse, left: AbortController): void {
  if (!response.writableFinished) left.abort(gone(0));
}

/** Codes by which a peer ends a stream (https://www.rfc-editor.org/rfc/rfc9113#section-7). */
const refusedStream = 7;
const enhanceYourCalm = 11;

function gone(reset: number): ConnectError {
  if (reset === refusedStream) return new ConnectError("the peer refused the stream", Code.Unavailable);
  if (reset === enhanceYourCalm) return new ConnectError("the peer asks for calm", Code.ResourceExhausted);
  return new ConnectError("the peer has gone", Code.Canceled);
}

function readHead({ headers }: HttpRequest): Headers {
  const head = new Headers();
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name.charCodeAt(0) === 0x3a) continue;
    if (typeof value === "string") head.append(name, value);
    else for (const each of value) head.append(name, each);
  }
  return head;
}

/** The body chunk by chunk, read no faster than it is asked for. */
function readBody(source: IncomingMessage | ServerHttp2Stream): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => createBodyReader(source) };
}

type Chunk = IteratorResult<Uint8Array, undefined>;

function createBodyReader(source: IncomingMessage | ServerHttp2Stream): AsyncIterator<Uint8Array, undefined> {
  const chunks: Uint8Array[] = [];
  let waiting: { resolve: (chunk: Chunk) => void; reject: (error: unknown) => void } | undefined;
  // A body without bytes ends by itself.
  let ended = source.readableEnded;
  let broken: unknown;
  const settle = () => {
    if (!waiting) return;
    const { resolve, reject } = waiting;
    if (chunks.length > 0) resolve({ done: false, value: chunks.shift()! });
    else if (broken !== undefined) reject(broken);
    else if (ended) resolve({ done: true, value: undefined });
    else return;
    waiting = undefined;
  };
  const end = () => {
    ended = true;
    settle();
  };
  const breakOff = () => {
    if (!ended) broken ??= gone("rstCode" in source ? (source.rstCode ?? 0) : 0);
    settle();
  };
  source.on("data", (chunk: Uint8Array) => {
    chunks.push(chunk);
    if (!waiting) source.pause();
    settle();
  });
  source.once("end", end).once("close", breakOff).once("error", breakOff);
  if (source.destroyed) breakOff();
  return {
    next() {
      return new Promise<Chunk>((resolve, reject) => {
        waiting = { resolve, reject };
        settle();
        if (waiting) source.resume();
      });
    },
    async return() {
      chunks.length = 0;
      // What else comes is of no use; a peer that waits for its place would never hear the answer.
      source.removeAllListeners("data").resume();
      return { done: true, value: undefined };
    },
  };
}
