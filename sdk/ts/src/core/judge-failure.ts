import { backoffDelayMs } from "./backoff.ts";
import type { Random } from "./clock.ts";
import type { RetryPolicy } from "./contract/retry-policy.ts";
import { type DeadLetterReason, deadLetterReasons } from "./dead-letter.ts";
import { ConcordError, type ErrorCode, isConcordError, RetryLaterError, toConcordError } from "./error.ts";

/** What follows from a failed attempt. */
export type Verdict =
  | { readonly kind: "wait"; readonly delayMs: number; readonly counted: boolean }
  | {
      readonly kind: "dead";
      readonly reason: DeadLetterReason;
      readonly error: ErrorCode;
      /** False when the event was refused before its handler: then it had no attempt (conformance F11). */
      readonly counted: boolean;
    };

/** What a failure is judged by. */
export interface FailureContext {
  readonly policy: RetryPolicy;
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly random: Random;
}

/**
 * Decides about an event whose handler threw: `RetryLaterError` is no attempt, `TerminalError` ends it, anything else is
 * repeated with backoff until the attempts of the contract are used up (conformance F10, F11).
 */
export function judgeFailure(error: unknown, { policy, attempt, random }: FailureContext): Verdict {
  if (error instanceof RetryLaterError) return { kind: "wait", delayMs: error.delayMs, counted: false };
  if (isConcordError(error, "terminal")) return dead(error);
  if (attempt >= policy.maxAttempts) {
    return { kind: "dead", reason: "exhausted", error: toConcordError(error).code, counted: true };
  }
  return { kind: "wait", delayMs: backoffDelayMs(policy, attempt, random), counted: true };
}

/** A middleware may say why repeating is pointless; its cause then names the fault. */
function dead(error: ConcordError): Verdict {
  const reason = deadLetterReasons.find((known) => known === error.details.reason);
  if (!reason) return { kind: "dead", reason: "terminal", error: "terminal", counted: true };
  const code = error.cause instanceof ConcordError ? error.cause.code : error.code;
  return { kind: "dead", reason, error: code, counted: false };
}
