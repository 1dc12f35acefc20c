import type { RpcEndReport, RpcStartReport } from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import type { Json } from "../suite/json.ts";
import { type FoldedHeaders, foldHeaders } from "./http-headers.ts";

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
