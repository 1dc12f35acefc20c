import { Code, ConnectError } from "@connectrpc/connect";

/** Why a call's signal aborts when all went well; without a reason Node would make one, stack trace and all, each time. */
export const callEnded: ConnectError = new ConnectError("the call has ended", Code.Canceled);

/** A signal that aborts at a deadline, with other signals, or when it is told to. */
export interface CallSignal {
  readonly signal: AbortSignal;
  /** Lets go of the deadline and of the other signals. */
  release(): void;
  /** Aborts it, keeping the first reason. */
  end(reason: unknown): void;
}

/** Makes the signal of a call that ends after so many milliseconds, or with the first of others. */
export function createCallSignal(
  timeoutMs: number | undefined,
  others: readonly (AbortSignal | undefined)[],
): CallSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const leave: (() => void)[] = [];
  const release = () => {
    for (const each of leave) each();
    leave.length = 0;
  };
  const end = (reason: unknown) => {
    release();
    if (!signal.aborted) controller.abort(reason);
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
  return { signal, release, end };
}
