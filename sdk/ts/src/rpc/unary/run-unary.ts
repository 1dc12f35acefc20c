import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import type { Invoke, UnaryCall } from "../invoke.ts";
import { strictJson } from "../strict-json.ts";

/** A unary request of a protocol of Connect. */
export interface UnaryAsked {
  /** As handlers are told it. */
  readonly url: string;
  readonly header: Headers;
  /** Whether messages are protobuf and not JSON. */
  readonly binary: boolean;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a unary method on the bytes of a request and gives those of the answer. */
export type RunUnary = (binary: boolean, bytes: Uint8Array, call: UnaryCall) => Promise<Uint8Array<ArrayBuffer>>;

/** Smaller answers gain nothing by compression; Connect's default. */
export const compressFromBytes = 1_024;

/** Makes what all protocols do with a unary method, between what each of them puts around the messages. */
export function createRunUnary(method: DescMethod, invoke: Invoke, maxBytes: number): RunUnary {
  const limits = { readMaxBytes: maxBytes, writeMaxBytes: maxBytes };
  const { getI, getO } = createMethodSerializationLookup(method, undefined, strictJson(method.input), limits);
  return async (binary, bytes, call) =>
    getO(binary).serialize((await invoke(method, getI(binary).parse(bytes), call)) as never);
}

/** What of a deadline is left: it counts from the head of the request on, however long the body takes. */
export function timeLeftMs(statedMs: number | undefined, startedMs: number): number | undefined {
  return statedMs === undefined ? undefined : statedMs - Math.floor(performance.now() - startedMs);
}

/** Gives what was thrown as a caller may see it; the interceptors have done so already but for faults of their own. */
export function toSeen(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  return new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
}
