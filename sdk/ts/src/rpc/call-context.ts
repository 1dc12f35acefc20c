import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, createContextValues, type HandlerContext } from "@connectrpc/connect";

/** What a call is, for its context. */
export interface CallStart {
  readonly method: DescMethod;
  readonly protocolName: string;
  readonly requestMethod: string;
  readonly url: string;
  readonly requestHeader: Headers;
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
  /** Deadline that the caller states, in milliseconds from now. */
  readonly timeoutMs: number | undefined;
  /** Each ends the call, with its reason. */
  readonly endings: readonly (AbortSignal | undefined)[];
}

/** Why a call's signal aborts when all went well; without a reason Node would make one, stack trace and all, each time. */
export const callEnded: ConnectError = new ConnectError("the call has ended", Code.Canceled);

/** The context of a call that can be ended. */
export interface EndableContext extends HandlerContext {
  /** Aborts the call's signal. */
  end(reason: ConnectError): void;
}

/** Makes the context of a call as Connect does, without copying its heads. */
export function createCallContext({ method, timeoutMs, endings, ...start }: CallStart): EndableContext {
  const { signal, end } = endableSignal(timeoutMs, endings);
  const deadlineMs = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
  return {
    ...start,
    service: method.parent,
    method,
    signal,
    timeoutMs: () => (deadlineMs === undefined ? undefined : deadlineMs - Date.now()),
    values: createContextValues(),
    end,
  };
}

/** A signal that aborts at a deadline, with other signals, or when it is told to. */
export interface EndableSignal {
  readonly signal: AbortSignal;
  /** Aborts it, lets go of what else would, and keeps the first reason. */
  end(reason: unknown): void;
}

/** Makes a signal for a call that ends after so many milliseconds, or with the first of others. */
export function endableSignal(
  timeoutMs: number | undefined,
  others: readonly (AbortSignal | undefined)[],
): EndableSignal {
  const controller = new AbortController();
  const leave: (() => void)[] = [];
  const end = (reason: unknown) => {
    for (const each of leave) each();
    leave.length = 0;
    if (!controller.signal.aborted) controller.abort(reason);
  };
  const expire = () => end(new ConnectError("the operation timed out", Code.DeadlineExceeded));
  if (timeoutMs !== undefined && timeoutMs <= 0) expire();
  else if (timeoutMs !== undefined) {
    const timer = setTimeout(expire, timeoutMs);
    leave.push(() => clearTimeout(timer));
  }
  for (const other of others) {
    if (!other) continue;
    const follow = () => end(other.reason);
    if (other.aborted) follow();
    else {
      other.addEventListener("abort", follow);
      leave.push(() => other.removeEventListener("abort", follow));
    }
  }
  return { signal: controller.signal, end };
}
