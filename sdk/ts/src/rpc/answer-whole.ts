import { Code, ConnectError } from "@connectrpc/connect";
import {
  createMethodSerializationLookup,
  mergeNonProtocolHeaders,
  type UniversalHandler,
} from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  errorToJsonBytes,
  parseContentType,
  parseTimeout,
} from "@connectrpc/connect/protocol-connect";
import { collectBytes, oneChunk } from "./byte-stream.ts";
import type { Invoke } from "./invoke.ts";
import { strictJson } from "./strict-json.ts";

/** A request of the Connect protocol that has come in full. */
export interface WholeRequest {
  /** As handlers are told it. */
  readonly url: string;
  readonly header: Headers;
  readonly body: Uint8Array;
}

/** Its answer, in full too; trailers stand in the header, as the protocol has it. */
export interface WholeAnswer {
  readonly status: number;
  readonly header: Headers;
  readonly body: Uint8Array;
}

/** Answers unary calls that have come in full. */
export type AnswerWhole = (handler: UniversalHandler, request: WholeRequest) => Promise<WholeAnswer>;

/** What {@link createAnswerWhole} is made from. */
export interface AnswerWholeOptions {
  /** Handlers of unary methods that `invoke` runs. */
  readonly handlers: readonly UniversalHandler[];
  readonly invoke: Invoke;
  readonly maxBytes: number;
}

type Answer = (binary: boolean, request: WholeRequest) => Promise<WholeAnswer>;

/**
 * Makes the short way for requests that come in one piece, as over NATS: what Connect's handler does with
 * the protocol (https://connectrpc.com/docs/protocol#unary-request), without the streams that HTTP needs. Other handlers, other
 * protocols and compression go the long way.
 */
export function createAnswerWhole({ handlers, invoke, maxBytes }: AnswerWholeOptions): AnswerWhole {
  const answers = new Map(handlers.map((handler) => [handler, createAnswer(handler, invoke, maxBytes)]));
  return (handler, request) => {
    const answer = answers.get(handler);
    const type = parseContentType(request.header.get("content-type"));
    const isShort = answer && type && !type.stream && !isCompressed(request.header);
    return isShort ? answer(type.binary, request) : answerLong(handler, request);
  };
}

function isCompressed(header: Headers): boolean {
  return header.has("content-encoding") || header.has("accept-encoding");
}

function createAnswer({ method }: UniversalHandler, invoke: Invoke, maxBytes: number): Answer {
  const limits = { readMaxBytes: maxBytes, writeMaxBytes: maxBytes };
  const { getI, getO } = createMethodSerializationLookup(method, undefined, strictJson(method.input), limits);
  const call = { protocol: "connect", verb: "POST" } as const;
  return async (binary, { url, header: asked, body }) => {
    const header = new Headers({ "content-type": binary ? "application/proto" : "application/json" });
    const trailer = new Headers();
    try {
      const { timeoutMs, error } = parseTimeout(asked.get("connect-timeout-ms"), Number.MAX_SAFE_INTEGER);
      if (error) throw error;
      const message = getI(binary).parse(body);
      const answer = { header, trailer };
      const output = await invoke(method, message, { ...call, url, header: asked, timeoutMs, answer });
      return { status: 200, header: withTrailer(header, trailer), body: getO(binary).serialize(output as never) };
    } catch (thrown) {
      return refuse(thrown, header, trailer);
    }
  };
}

function refuse(thrown: unknown, header: Headers, trailer: Headers): WholeAnswer {
  const error =
    thrown instanceof ConnectError
      ? thrown
      : new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
  header.set("content-type", "application/json");
  // What another server told of itself is not handed on.
  if (!("isWireError" in error && error.isWireError)) mergeNonProtocolHeaders(header, error.metadata);
  const body = errorToJsonBytes(error, undefined);
  return { status: codeToHttpStatus(error.code), header: withTrailer(header, trailer), body };
}

function withTrailer(header: Headers, trailer: Headers): Headers {
  trailer.forEach((value, name) => {
    header.append(`trailer-${name}`, value);
  });
  return header;
}

async function answerLong(handler: UniversalHandler, { url, header, body }: WholeRequest): Promise<WholeAnswer> {
  const response = await handler({
    httpVersion: "2",
    method: "POST",
    url,
    header,
    body: oneChunk(body),
    signal: new AbortController().signal,
  });
  const { status, header: head = new Headers() } = response;
  return { status, header: head, body: await collectBytes(response.body) };
}
