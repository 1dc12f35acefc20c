import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { ConcordError } from "../core/error.ts";

/** When a circuit breaker opens and closes. */
export interface BreakerOptions {
  /** Names what is protected, for errors. */
  readonly name: string;
  /** Failures in a row that open it. Default 5. */
  readonly failures?: number;
  /** Time it stays open before one call is let through to try, in milliseconds. Default 10,000. */
  readonly resetMs?: number;
  /** Tells errors that say nothing about the health of what is called, such as `not_found`. Default: none. */
  readonly ignore?: (error: unknown) => boolean;
}

/** Stops calling a dependency that fails, so that it can recover and callers do not wait for it. */
export interface Breaker {
  /**
   * Runs a call.
   * @throws {ConcordError} `circuit_open` without calling while it is open; else whatever the call throws.
   */
  run<Result>(call: () => Promise<Result>): Promise<Result>;
  /** Tells whether calls are refused now. */
  readonly isOpen: boolean;
}

/** Makes a circuit breaker (https://martinfowler.com/bliki/CircuitBreaker.html), by cockatiel. */
export function createBreaker({ name, failures = 5, resetMs = 10_000, ignore }: BreakerOptions): Breaker {
  const policy = circuitBreaker(
    handleWhen((error) => !ignore?.(error)),
    { halfOpenAfter: resetMs, breaker: new ConsecutiveBreaker(failures) },
  );
  let open = false;
  policy.onBreak(() => {
    open = true;
  });
  policy.onReset(() => {
    open = false;
  });
  return {
    get isOpen() {
      return open;
    },
    run: async (call) => {
      try {
        return await policy.execute(call);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        const message = `${name} failed ${failures} times in a row, so it is not called; try again in a moment`;
        throw new ConcordError("circuit_open", message, { cause: error });
      }
    },
  };
}
