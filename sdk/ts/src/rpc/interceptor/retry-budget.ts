/** What a client may spend on repeating calls. */
export interface RetryBudget {
  succeeded(): void;
  /** Notes a failure and tells whether it may be repeated. */
  failed(): boolean;
}

/**
 * Makes a budget as gRPC's retry throttling has it: a failure costs one token, a success gives `refill` back, and there are
 * repetitions only while more than half of the tokens is left
 * (https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs).
 */
export function createRetryBudget(tokens: number, refill: number): RetryBudget {
  let left = tokens;
  return {
    succeeded() {
      left = Math.min(tokens, left + refill);
    },
    failed() {
      left = Math.max(0, left - 1);
      return left > tokens / 2;
    },
  };
}
