import type { ConnectError } from "@connectrpc/connect";
import { type Compression, compressionNegotiate, mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes, parseTimeout } from "@connectrpc/connect/protocol-connect";
import type { AnswerHeads } from "../invoke.ts";
import { compressFromBytes, type RunUnary, timeLeftMs, toSeen, type UnaryAsked } from "./run-unary.ts";

/** A unary request of the Connect protocol. */
export interface ConnectAsked extends UnaryAsked {
  /** Gives the body, compressed as the head says. */
  readonly read: () => Uint8Array | Promise<Uint8Array>;
}

/** Its answer; trailers stand in the header, as the protocol has it. */
export interface ConnectAnswered {
  readonly status: number;
  readonly header: Headers;
  readonly body: Uint8Array;
}

/** Answers calls of one unary method by the Connect protocol. */
export type AnswerConnect = (asked: ConnectAsked) => Promise<ConnectAnswered>;

/** What the short ways to a method are made from. */
export interface AnswerOptions {
  readonly run: RunUnary;
  /** Largest message in bytes, after decompression. */
  readonly maxBytes: number;
  readonly acceptCompression: readonly Compression[];
}

/**
 * Makes the short way to a unary method by the Connect protocol (https://connectrpc.com/docs/protocol#unary-request). Connect's
 * handler does the same with streams, copies of the heads, and two aborts of each call that went well, whose stack traces cost
 * as much as all of our interceptors.
 */
export function createAnswerConnect({ run, maxBytes, ...options }: AnswerOptions): AnswerConnect {
  const acceptCompression = [...options.acceptCompression];
  return async ({ url, header, binary, signal, read }) => {
    const started = performance.now();
    const heads = { header: new Headers({ "content-type": typeOf(binary) }), trailer: new Headers() };
    const compression = negotiate(acceptCompression, header);
    const answer = async () => {
      if (compression.error) throw compression.error;
      const { timeoutMs: statedMs, error } = parseTimeout(header.get("connect-timeout-ms"), Number.MAX_SAFE_INTEGER);
      if (error) throw error;
      const sent = await read();
      const bytes = (await compression.request?.decompress(sent, maxBytes)) ?? sent;
      const timeoutMs = timeLeftMs(statedMs, started);
      return run(binary, bytes, { protocol: "connect", verb: "POST", url, header, signal, timeoutMs, heads });
    };
    let status = 200;
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = await answer();
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
