import type { IncomingHttpHeaders } from "node:http2";
import { Code } from "@connectrpc/connect";
import type { FuzzedProtocol } from "./rpc-fuzz-frames.ts";

/** What came back for one broken frame. */
export interface FuzzAnswer {
  readonly protocol: FuzzedProtocol;
  /** Verb, path and content type of what was sent. */
  readonly asked: string;
  /** Status in words, or `closed`. */
  readonly outcome: string;
  /** Status of HTTP, 0 when none came. */
  readonly status: number;
  readonly head: IncomingHttpHeaders;
  readonly trailer: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The codes as they are written on the wire (https://connectrpc.com/docs/protocol#error-codes). */
const codes: ReadonlySet<string> = new Set(
  Object.values(Code)
    .filter((name) => typeof name === "string")
    .map((name) => name.replace(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase()),
);

/** Refusals of HTTP itself, which need no body: the verb, the content type. */
const plainRefusals: ReadonlySet<number> = new Set([405, 415]);

/** Says what is wrong with an answer, undefined when it is one of its protocol. */
export function faultOf(answer: FuzzAnswer): string | undefined {
  const { protocol, status } = answer;
  if (protocol === "http1" || protocol === "http2") return status >= 500 ? "a fault of the server" : undefined;
  if (status === 0) return "no answer";
  if (plainRefusals.has(status)) return undefined;
  if (status >= 400) return faultOfError(answer);
  return protocol === "grpc" ? faultOfGrpc(answer) : protocol === "grpc-web" ? faultOfGrpcWeb(answer) : undefined;
}

/** Connect and REST tell failures as JSON (https://connectrpc.com/docs/protocol#error-end-stream). */
function faultOfError({ head, body }: FuzzAnswer): string | undefined {
  const type = String(head["content-type"] ?? "");
  if (!type.startsWith("application/json")) return `an error as ${type || "nothing"}`;
  try {
    const { code, message } = JSON.parse(body.toString("utf8"));
    if (!codes.has(code)) return "an error without a code";
    return message === undefined || typeof message === "string" ? undefined : "an error whose message is no text";
  } catch {
    return body.length === 0 ? "an error without a body" : "an error that is no JSON";
  }
}

/** gRPC tells the end of every call by a status, behind the messages or in the head. */
function faultOfGrpc({ head, trailer }: FuzzAnswer): string | undefined {
  return faultOfStatus(String(head["grpc-status"] ?? trailer["grpc-status"] ?? ""));
}

/** gRPC-Web has its trailers as a last frame, or the status in the head. */
function faultOfGrpcWeb({ head, body }: FuzzAnswer): string | undefined {
  if (head["grpc-status"] !== undefined) return faultOfStatus(String(head["grpc-status"]));
  let at = 0;
  while (at + 5 <= body.length && (body[at]! & 0x80) === 0) at += 5 + body.readUInt32BE(at + 1);
  return faultOfStatus(/^grpc-status: ?(\d+)/im.exec(body.subarray(at + 5).toString("latin1"))?.[1] ?? "");
}

function faultOfStatus(status: string): string | undefined {
  return /^(\d|1[0-6])$/.test(status) ? undefined : `no status of gRPC but "${status}"`;
}
