import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { RpcResponse } from "./watch-call.ts";

/** Stops calls to a service that fails; `createBreaker` makes one. Clients of one service may share it. */
export interface RpcBreaker {
  /** @throws {ConcordError} `circuit_open` without calling while it is open. */
  run<Result>(call: () => Promise<Result>): Promise<Result>;
}

/** Failures that say something about the health of the service called. */
const unhealthy: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Internal,
  Code.Unknown,
  Code.DataLoss,
]);

/** Calls through a breaker, which sees only the failures that are the service's own: a refused request opens no circuit. */
export function createBreakerInterceptor(breaker: RpcBreaker): Interceptor {
  return (next) => async (request) => {
    const outcome = await breaker.run(async (): Promise<{ response: RpcResponse } | { refusal: unknown }> => {
      try {
        return { response: await next(request) };
      } catch (error) {
        if (unhealthy.has(ConnectError.from(error).code)) throw error;
        return { refusal: error };
      }
    });
    if ("refusal" in outcome) throw outcome.refusal;
    return outcome.response;
  };
}
