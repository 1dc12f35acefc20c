import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { backoffDelayMs } from "../../core/backoff.ts";
import { type Clock, type Random, systemClock } from "../../core/clock.ts";
import { createIdGenerator } from "../../core/uuid7.ts";
import { createMethodContracts } from "../method-contract.ts";
import { wasNeverRun } from "./connection-error.ts";
import { createRetryBudget, type RetryBudget } from "./retry-budget.ts";
import type { Next, RpcRequest, RpcResponse } from "./watch-call.ts";

/** How calls that failed are repeated. */
export interface RetryOptions {
  /** Calls in all, the first one included; those that no handler saw count apart, up to ten. Default 4. */
  readonly maxAttempts?: number | undefined;
  /** Upper bound of the first wait, in milliseconds. Default 50. */
  readonly initialMs?: number | undefined;
  /** Upper bound of any wait, in milliseconds. Default 1,000. */
  readonly maxMs?: number | undefined;
  /** Retries that may be spent at once; half of it is kept. Default 100. */
  readonly budget?: number | undefined;
  /** What each call that succeeds gives back to the budget: in the long run at most so many retries a call. Default 0.1. */
  readonly refill?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Attempts that no handler saw, such as those that met a server on its way out. */
const maxUnseen = 10;

/** The header that makes repeated calls one call. */
export const idempotencyKeyHeader = "idempotency-key";

/** Failures that say nothing was done, or that it can be done again: the server is away, or a transaction lost a conflict. */
const retryable: ReadonlySet<Code> = new Set([Code.Unavailable, Code.Aborted]);

/**
 * Repeats unary calls that failed for want of a server, with growing, random waits: methods whose contract says that
 * repeating them has no further effect, others only when no handler saw the call, and none beyond the call's deadline. Calls
 * of methods that take a key get one. What may be spent is limited over all calls of the client, so that a server in trouble is not drowned in repetitions
 * (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
 */
export function createRetryInterceptor(options: RetryOptions = {}): Interceptor {
  const { clock = systemClock, random = Math.random } = options;
  const contractOf = createMethodContracts();
  const newKey = createIdGenerator({ clock, random });
  const budget = createRetryBudget(options.budget ?? 100, options.refill ?? 0.1);
  return (next) => async (request) => {
    const contract = contractOf(request.method);
    if (contract.idempotencyKey !== "ignored" && !request.header.has(idempotencyKeyHeader)) {
      request.header.set(idempotencyKeyHeader, newKey());
    }
    if (request.stream) return next(request);
    const mayRepeat = (error: unknown) =>
      contract.repeatable ? retryable.has(ConnectError.from(error).code) : wasNeverRun(error);
    return repeat(next, request, { ...options, clock, random, budget, mayRepeat });
  };
}

interface Retrying extends Omit<RetryOptions, "budget"> {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: RetryBudget;
  readonly mayRepeat: (error: unknown) => boolean;
}

async function repeat(next: Next, request: RpcRequest, retrying: Retrying): Promise<RpcResponse> {
  const { maxAttempts = 4, initialMs = 50, maxMs = 1_000, clock, random, budget, mayRepeat } = retrying;
  const deadline = deadlineOf(request.header);
  for (let [attempt, unseen] = [1, 0]; ; ) {
    try {
      const response = await next(request);
      budget.succeeded();
      return response;
    } catch (error) {
      if (!mayRepeat(error)) throw error;
      // What no handler saw burdens nobody, so it counts apart.
      const allowed = wasNeverRun(error) ? ++unseen <= maxUnseen : budget.failed() && ++attempt <= maxAttempts;
      const delayMs = backoffDelayMs({ initialMs, maxMs }, attempt + unseen - 1, random);
      if (!allowed || delayMs >= deadline.leftMs() || request.signal.aborted) throw error;
      await clock.sleep(delayMs, request.signal);
      deadline.write();
    }
  }
}

/** The deadline that the head states, which counts from each attempt and so must shrink with them. */
function deadlineOf(header: Headers) {
  const stated = header.get("connect-timeout-ms") ?? /^(?<ms>\d+)m$/.exec(header.get("grpc-timeout") ?? "")?.groups?.ms;
  const endMs = stated === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(stated);
  const leftMs = () => endMs - performance.now();
  const write = () => {
    const left = String(Math.max(0, Math.floor(leftMs())));
    if (header.has("connect-timeout-ms")) header.set("connect-timeout-ms", left);
    else if (stated !== undefined) header.set("grpc-timeout", `${left}m`);
  };
  return { leftMs, write };
}
