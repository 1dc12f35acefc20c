import type { Clock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { WaitOptions } from "../core/transport.ts";
import { canceled } from "./broker-error.ts";

/** How long a call waits when it does not say, in milliseconds. */
export const defaultTimeoutMs = 5_000;

/** What may end the waiting for a promise. */
export interface Limits extends WaitOptions {
  readonly clock: Clock;
  /** Begins the sentence of the error. */
  readonly what: string;
  /** Given a function that ends the waiting; returns one that forgets it. */
  readonly onEnd?: (end: (cause: Error) => void) => () => void;
}

/**
 * Waits for a promise until the signal, the time limit or something else ends it.
 * @throws {ConcordError} `canceled`, `deadline_exceeded`, or what `onEnd` gave
 */
export async function waitWithin<Result>(promise: Promise<Result>, limits: Limits): Promise<Result> {
  const { clock, onEnd, signal, timeoutMs = defaultTimeoutMs, what } = limits;
  const ended = Promise.withResolvers<never>();
  const timer = new AbortController();
  const abort = () => ended.reject(canceled(what, signal!));
  const forget = onEnd?.(ended.reject);
  signal?.addEventListener("abort", abort, { once: true });
  const late = () => ended.reject(new ConcordError("deadline_exceeded", `${what} took more than ${timeoutMs} ms`));
  clock.sleep(timeoutMs, timer.signal).then(late, () => {});
  try {
    return await Promise.race([promise, ended.promise]);
  } finally {
    // With a reason, for without one an error with its stack is made, at the end of each call.
    timer.abort("done");
    forget?.();
    signal?.removeEventListener("abort", abort);
  }
}
