import type { RetryPolicy as RetryOptions } from "@concord/gen/concord/event/v1/options_pb.js";

/** How failed attempts of an event are repeated: exponential backoff with jitter. */
export interface RetryPolicy {
  /** Upper bound of the wait after the first failure, in milliseconds. Default 200. */
  readonly initialMs: number;
  /** Upper bound of any wait, in milliseconds. Default 30,000. */
  readonly maxMs: number;
  /** Runs before the event becomes a dead letter. Default 5. */
  readonly maxAttempts: number;
  /** Time that one run may take before its signal aborts, in milliseconds. Default 30,000. */
  readonly handlerTimeoutMs: number;
}

/** The policy of an event whose contract names none. */
export const defaultRetryPolicy: RetryPolicy = {
  initialMs: 200,
  maxMs: 30_000,
  maxAttempts: 5,
  handlerTimeoutMs: 30_000,
};

/** Fills what a contract leaves unset from {@link defaultRetryPolicy}. */
export function toRetryPolicy(options: RetryOptions | undefined): RetryPolicy {
  return {
    initialMs: options?.initialMs ?? defaultRetryPolicy.initialMs,
    maxMs: options?.maxMs ?? defaultRetryPolicy.maxMs,
    maxAttempts: options?.maxAttempts ?? defaultRetryPolicy.maxAttempts,
    handlerTimeoutMs: options?.handlerTimeoutMs ?? defaultRetryPolicy.handlerTimeoutMs,
  };
}
