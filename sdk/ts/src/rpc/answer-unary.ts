import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type Compression,
  compressionNegotiate,
  createMethodSerializationLookup,
  mergeNonProtocolHeaders,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes, parseTimeout } from "@connectrpc/connect/protocol-connect";
import type { AnswerHeads, Invoke } from "./invoke.ts";
import { strictJson } from "./strict-json.ts";

/** A unary request of the Connect protocol. */
export interface UnaryAsked {
  /** As handlers are told it. */
  readonly url: string;
  readonly header: Headers;
  /** Whether messages are protobuf and not JSON. */
  readonly binary: boolean;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** Gives the body, compressed as the head says. */
  readonly read: () => Uint8Array | Promise<Uint8Array>;
}

/** Its answer; trailers stand in the header, as the protocol has it. */
export interface UnaryAnswered {
  readonly status: number;
  readonly header: Headers;
  readonly body: Uint8Array;
}

/** Answers calls of one unary method. */
export type AnswerUnary = (asked: UnaryAsked) => Promise<UnaryAnswered>;

/** What {@link createAnswerUnary} is made from. */
export interface AnswerUnaryOptions {
  readonly invoke: Invoke;
  /** Largest message in bytes, after decompression, read or written. */
  readonly maxBytes: number;
  readonly acceptCompression: readonly Compression[];
}

/** Smaller answers gain nothing by compression; Connect's default. */
const compressFromBytes = 1_024;

/**
 * Makes the short way to a unary method by the Connect protocol (https://connectrpc.com/docs/protocol#unary-request). Connect's
 * handler does the same with streams, copies of the heads, and an abort of each call that went well, whose stack trace costs as
 * much as all of our interceptors.
 */
export function createAnswerUnary(method: DescMethod, options: AnswerUnaryOptions): AnswerUnary {
  const { invoke, maxBytes } = options;
  const acceptCompression = [...options.acceptCompression];
  const limits = { readMaxBytes: maxBytes, writeMaxBytes: maxBytes };
  const { getI, getO } = createMethodSerializationLookup(method, undefined, strictJson(method.input), limits);
  return async ({ url, header, binary, signal, read }) => {
    const started = performance.now();
    const heads = { header: new Headers({ "content-type": typeOf(binary) }), trailer: new Headers() };
    const compression = negotiate(acceptCompression, header);
    const run = async () => {
      if (compression.error) throw compression.error;
      const { timeoutMs: statedMs, error } = parseTimeout(header.get("connect-timeout-ms"), Number.MAX_SAFE_INTEGER);
      if (error) throw error;
      const bytes = await read();
      const message = getI(binary).parse((await compression.request?.decompress(bytes, maxBytes)) ?? bytes);
      // A deadline counts from the head on, however long the body takes.
      const timeoutMs = statedMs === undefined ? undefined : statedMs - Math.floor(performance.now() - started);
      const call = { protocol: "connect", verb: "POST", url, header, signal, timeoutMs, heads } as const;
      return getO(binary).serialize((await invoke(method, message, call)) as never);
    };
    let status = 200;
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = await run();
    } catch (thrown) {
      const error = toSeen(thrown);
      status = codeToHttpStatus(error.code);
      body = writeError(error, heads.header);
    }
    if (compression.response && body.length >= compressFromBytes) {
      body = await compression.response.compress(body);
      heads.header.set("content-encoding", compression.response.name);
    }
    return { status, header: join(heads), body };
  };
}

function typeOf(binary: boolean): string {
  return binary ? "application/proto" : "application/json";
}

function negotiate(accepted: Compression[], header: Headers) {
  const name = "accept-encoding";
  return compressionNegotiate(accepted, header.get("content-encoding"), header.get(name), name);
}

function toSeen(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  return new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
}

function writeError(error: ConnectError, header: Headers): Uint8Array<ArrayBuffer> {
  header.set("content-type", typeOf(false));
  // What another server told of itself is not handed on.
  if (!("isWireError" in error && error.isWireError)) mergeNonProtocolHeaders(header, error.metadata);
  return errorToJsonBytes(error, undefined) as Uint8Array<ArrayBuffer>;
}

function join({ header, trailer }: AnswerHeads): Headers {
  trailer.forEach((value, name) => {
    header.append(`trailer-${name}`, value);
  });
  return header;
}
