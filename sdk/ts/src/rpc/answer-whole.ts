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
import type { AnswerHeads, Invoke } from "./invoke.ts";
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
  return async (binary, { url, header, body }) => {
    const contentType = binary ? "application/proto" : "application/json";
    const heads = { header: new Headers({ "content-type": contentType }), trailer: new Headers() };
    try {
      const { timeoutMs, error } = parseTimeout(header.get("connect-timeout-ms"), Number.MAX_SAFE_INTEGER);
      if (error) throw error;
      const message = getI(binary).parse(body);
      const output = await invoke(method, message, { ...call, url, header, timeoutMs, heads });
      return { status: 200, header: join(heads), body: getO(binary).serialize(output as never) };
    } catch (thrown) {
      return refuse(thrown, heads);
    }
  };
}

function refuse(thrown: unknown, heads: AnswerHeads): WholeAnswer {
  const error =
    thrown instanceof ConnectError
      ? thrown
      : new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
  const { header } = heads;
  header.set("content-type", "application/json");
  // What another server told of itself is not handed on.
  if (!("isWireError" in error && error.isWireError)) mergeNonProtocolHeaders(header, error.metadata);
  return { status: codeToHttpStatus(error.code), header: join(heads), body: errorToJsonBytes(error, undefined) };
}

function join({ header, trailer }: AnswerHeads): Headers {
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
