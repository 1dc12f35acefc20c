import { AsyncLocalStorage } from "node:async_hooks";

/** What a call hands on to the calls that are made while it runs. */
export interface CallScope {
  /** When the caller stops waiting, in milliseconds since the epoch; undefined when it waits for ever. */
  readonly deadlineMs?: number | undefined;
  /** W3C trace context of the span that is active. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/**
 * Bound to the chain of asynchronous calls and not to the module: what one call sets no other call sees, also with several
 * services in one process (trap T33, ADR 0014).
 */
const storage = new AsyncLocalStorage<CallScope>();

/** Runs a function so that the calls it makes belong to a scope. */
export function runInCall<Result>(scope: CallScope, run: () => Result): Result {
  return storage.run(scope, run);
}

/** The scope of the call that runs now; undefined outside of any. */
export function currentCall(): CallScope | undefined {
  return storage.getStore();
}
