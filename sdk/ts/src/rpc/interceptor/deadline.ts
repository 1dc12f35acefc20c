import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { currentCall, runInCall } from "../call-scope.ts";
import { untilAborted } from "./until-aborted.ts";
import type { Next, RpcRequest, RpcResponse } from "./watch-call.ts";
import { watchStream } from "./watch-stream.ts";

/** How long a server works for a call. */
export interface DeadlineOptions {
  /** For unary calls that state no deadline, in milliseconds. Default 30,000. A stream without one has none. */
  readonly defaultMs?: number | undefined;
  /** Longest deadline of a unary call, in milliseconds; a longer one is shortened. Default 300,000. */
  readonly maxMs?: number | undefined;
}

/**
 * Ends every call at its deadline: its signal aborts, and the caller is answered `deadline_exceeded` whether the handler
 * listens or not. Calls that the handler makes meanwhile have what is left of it. Time is the machine's and is not injected,
 * because a deadline is agreed with a peer that has the same time and no other.
 */
export function createDeadlineInterceptor({ defaultMs = 30_000, maxMs = 300_000 }: DeadlineOptions = {}): Interceptor {
  return (next) => (request) => {
    const statedMs = statedTimeoutMs(request.header);
    const limitMs = request.stream ? statedMs : Math.min(statedMs ?? defaultMs, maxMs);
    // Connect's own timer runs for a deadline that the caller stated; only another one needs a timer here.
    const ownMs = limitMs === statedMs ? undefined : limitMs;
    return runUntil(next, request, { deadlineMs: limitMs === undefined ? undefined : Date.now() + limitMs, ownMs });
  };
}

interface Limit {
  readonly deadlineMs: number | undefined;
  readonly ownMs: number | undefined;
}

async function runUntil(next: Next, request: RpcRequest, { deadlineMs, ownMs }: Limit): Promise<RpcResponse> {
  const guard = guardSignal(request.signal, ownMs);
  const scope = { ...currentCall(), deadlineMs };
  const within = <Result>(run: () => Promise<Result>) => untilAborted(() => runInCall(scope, run), guard.signal);
  let streaming = false;
  try {
    const response = await within(() => next({ ...request, signal: guard.signal }));
    if (!response.stream) return response;
    streaming = true;
    return {
      ...response,
      message: watchStream(response.message, { step: within, end: guard.release, until: guard.signal }),
    };
  } finally {
    if (!streaming) guard.release();
  }
}

interface Guard {
  readonly signal: AbortSignal;
  readonly release: () => void;
}

function guardSignal(signal: AbortSignal, limitMs: number | undefined): Guard {
  if (limitMs === undefined) return { signal, release: () => {} };
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  const timer = setTimeout(
    () => controller.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded)),
    limitMs,
  );
  signal.addEventListener("abort", follow, { once: true });
  const release = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", follow);
  };
  return { signal: controller.signal, release };
}

const grpcUnitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** What the caller stated, in the way of its protocol; its form was checked when the call came in. */
function statedTimeoutMs(header: Headers): number | undefined {
  const isGrpc = header.get("content-type")?.startsWith("application/grpc") ?? false;
  const stated = header.get(isGrpc ? "grpc-timeout" : "connect-timeout-ms");
  if (stated === null) return undefined;
  return isGrpc ? Number(stated.slice(0, -1)) * (grpcUnitsMs[stated.slice(-1)] ?? 1) : Number(stated);
}
