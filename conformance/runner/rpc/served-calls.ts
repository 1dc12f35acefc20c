import type { DescMethod } from "@bufbuild/protobuf";
import type { RpcEndReport, RpcStartReport } from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import type { Json } from "../suite/json.ts";
import { type FoldedHeaders, foldHeaders, type HeaderList, headerOf } from "./http-headers.ts";

/** A call that a server handled: the testee's by its reports, or the runner's own. */
export interface ServedCall {
  readonly method: string;
  readonly headers: FoldedHeaders;
  /** What was left of its deadline in milliseconds; undefined without one. */
  readonly timeoutMs: number | undefined;
  /** Of `performance.now()`. */
  readonly beganAt: number;
  endedAt: number | undefined;
  /** ok, failed or aborted; running before the end. */
  outcome: string;
}

/** A call as patterns see it. */
export function servedJson({ method, headers, timeoutMs, beganAt, endedAt, outcome }: ServedCall): Json {
  return {
    method,
    headers,
    ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }),
    outcome,
    ...(endedAt === undefined ? {} : { ms: Math.round(endedAt - beganAt) }),
  };
}

/** Notes that a testee's handler begins. */
export function noteStart(served: ServedCall[], { method, headers, timeoutMs }: RpcStartReport): void {
  const beganAt = performance.now();
  served.push({ method, headers: foldHeaders(headers), timeoutMs, beganAt, endedAt: undefined, outcome: "running" });
}

/** Notes that a testee's handler has ended: the oldest one of that method that runs. */
export function noteEnd(served: readonly ServedCall[], { method, outcome }: RpcEndReport): void {
  const call = served.find((each) => each.method === method && each.outcome === "running");
  if (call) Object.assign(call, { outcome, endedAt: performance.now() });
}

/** Notes a call that has come to the runner's own server. */
export function beginCall(served: ServedCall[], { name: method }: DescMethod, headers: HeaderList): ServedCall {
  const beganAt = performance.now();
  const timeoutMs = timeoutOf(headers);
  const call = { method, headers: foldHeaders(headers), timeoutMs, beganAt, endedAt: undefined, outcome: "running" };
  served.push(call);
  return call;
}

/**
 * Handles it, and notes how it ended.
 * @throws what `run` throws, but for a caller that has gone.
 */
export async function watchCall(call: ServedCall, gone: AbortSignal, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    call.outcome = "ok";
  } catch (error) {
    call.outcome = gone.aborted ? "aborted" : "failed";
    if (!gone.aborted) throw error;
  } finally {
    call.endedAt = performance.now();
  }
}

const unitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

function timeoutOf(headers: HeaderList): number | undefined {
  const connect = headerOf(headers, "connect-timeout-ms");
  if (connect !== undefined) return Number(connect);
  const grpc = headerOf(headers, "grpc-timeout");
  return grpc === undefined ? undefined : Number(grpc.slice(0, -1)) * (unitsMs[grpc.slice(-1)] ?? Number.NaN);
}
