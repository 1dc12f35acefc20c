import { type Compression, compressionNegotiate, encodeEnvelope } from "@connectrpc/connect/protocol";
import { contentTypeJson, contentTypeProto, parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { AnswerOptions } from "./answer-connect.ts";
import { compressFromBytes, timeLeftMs, toSeen, type UnaryAsked } from "./run-unary.ts";

/** A unary request of gRPC: one message, not compressed, out of its envelope. */
export interface GrpcAsked extends UnaryAsked {
  readonly message: Uint8Array;
  /** When the head came, by `performance.now()`. */
  readonly startedMs: number;
}

/** Its answer. */
export interface GrpcAnswered {
  readonly header: Headers;
  readonly trailer: Headers;
  /** One message in its envelope; undefined when the call failed. */
  readonly body: Uint8Array | undefined;
}

/** Answers calls of one unary method by gRPC. */
export type AnswerGrpc = (asked: GrpcAsked) => Promise<GrpcAnswered>;

/** Makes the short way to a unary method by gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
export function createAnswerGrpc({ run, ...options }: AnswerOptions): AnswerGrpc {
  const acceptCompression = [...options.acceptCompression];
  return async ({ url, header: asked, binary, signal, message, startedMs }) => {
    const header = new Headers({ "content-type": binary ? contentTypeProto : contentTypeJson });
    const trailer = setTrailerStatus(new Headers(), undefined);
    const compression = negotiate(acceptCompression, asked);
    if (compression.response) header.set("grpc-encoding", compression.response.name);
    try {
      if (compression.error) throw compression.error;
      const { timeoutMs: statedMs, error } = parseTimeout(asked.get("grpc-timeout"), Number.MAX_SAFE_INTEGER);
      if (error) throw error;
      const timeoutMs = timeLeftMs(statedMs, startedMs);
      const call = { protocol: "grpc", verb: "POST", url, header: asked, signal, timeoutMs } as const;
      const bytes = await run(binary, message, { ...call, heads: { header, trailer } });
      return { header, trailer, body: await envelop(bytes, compression.response) };
    } catch (thrown) {
      setTrailerStatus(trailer, toSeen(thrown));
      return { header, trailer, body: undefined };
    }
  };
}

function negotiate(accepted: Compression[], header: Headers) {
  const name = "grpc-accept-encoding";
  return compressionNegotiate(accepted, header.get("grpc-encoding"), header.get(name), name);
}

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#length-prefixed-message */
async function envelop(bytes: Uint8Array<ArrayBuffer>, compression: Compression | null): Promise<Uint8Array> {
  if (!compression || bytes.length < compressFromBytes) return encodeEnvelope(0, bytes);
  return encodeEnvelope(1, await compression.compress(bytes));
}
