import type { Clock } from "../../core/clock.ts";
import { ConcordError } from "../../core/error.ts";
import type { IncomingEvent, Middleware } from "../../core/handler.ts";

/** What {@link timeout} may be told. */
export interface TimeoutOptions {
  readonly clock: Clock;
  /** Time one run may take, in milliseconds. Default: the contract's `handler_timeout_ms`, 30,000 if it says nothing. */
  readonly limitMs?: number | undefined;
}

/** Given as a reason, because making one costs more than all else here. */
const settled = "the attempt is over";

/**
 * Gives every attempt a deadline of its own: the handler's signal aborts, and the attempt has failed whether the handler
 * listens or not, so that its slot is free again (trap T27). What the handler still does is void: its transaction is
 * rolled back, its publications are refused. A service that stops waiting ends the attempt in the same way. The signal
 * aborts after a successful attempt too, so that nothing goes on waiting.
 * @throws {ConcordError} `deadline_exceeded`; the signal's reason when the service stops waiting.
 */
export function timeout({ clock, limitMs }: TimeoutOptions): Middleware {
  return (next) => async (attempt) => {
    const limit = limitMs ?? attempt.event.contract.retry.handlerTimeoutMs;
    const deadline = new AbortController();
    const stop = () => deadline.abort(attempt.signal.reason);
    if (attempt.signal.aborted) stop();
    else attempt.signal.addEventListener("abort", stop, { once: true });
    const expiry = clock.sleep(limit, deadline.signal);
    expiry.then(
      () => deadline.abort(late(attempt.event, limit)),
      () => {},
    );
    try {
      await Promise.race([next({ ...attempt, signal: deadline.signal }), rejectOnAbort(deadline.signal)]);
    } finally {
      deadline.abort(settled);
      attempt.signal.removeEventListener("abort", stop);
    }
  };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function late({ envelope, contract }: IncomingEvent, limitMs: number): ConcordError {
  return new ConcordError("deadline_exceeded", `handling ${contract.type} ${envelope.id} took over ${limitMs} ms`);
}
