import { isConcordError, RetryLaterError, TerminalError } from "../../core/error.ts";
import type { Middleware } from "../../core/handler.ts";

/** Stops calls to a dependency that fails; `createBreaker` makes one. */
export interface EventBreaker {
  /** @throws {ConcordError} `circuit_open` without calling while it is open. */
  run<Result>(call: () => Promise<Result>): Promise<Result>;
}

/** How a {@link circuitBreaker} behaves. */
export interface CircuitBreakerOptions {
  /** One per dependency; RPC clients of the same dependency may share it. */
  readonly breaker: EventBreaker;
  /** Time that events wait while it is open, in milliseconds. Default 10,000: the time a breaker stays open. */
  readonly retryAfterMs?: number | undefined;
}

/** Tells failures that say nothing about a dependency: the event is at fault, or asks for time. For the breaker's `ignore`. */
export function isOwnFailure(error: unknown): boolean {
  return error instanceof TerminalError || error instanceof RetryLaterError;
}

/**
 * Stops handling events whose dependency is down: while the circuit is open they wait, and no attempt is used up. It also
 * catches an open circuit that the handler met in a call of its own.
 * @throws {RetryLaterError} while the circuit is open.
 */
export function circuitBreaker({ breaker, retryAfterMs = 10_000 }: CircuitBreakerOptions): Middleware {
  return (next) => async (attempt) => {
    try {
      await breaker.run(() => next(attempt));
    } catch (error) {
      if (!isConcordError(error, "circuit_open")) throw error;
      throw new RetryLaterError({ delayMs: retryAfterMs, reason: "the circuit is open", cause: error });
    }
  };
}
