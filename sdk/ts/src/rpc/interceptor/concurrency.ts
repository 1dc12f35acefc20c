import type { Interceptor } from "@connectrpc/connect";
import { ConcordError } from "../../core/error.ts";
import { rpcName } from "./rpc-name.ts";
import { watchCall } from "./watch-call.ts";

/**
 * Refuses calls beyond so many at once with `resource_exhausted`, before anything is done for them: a service that is
 * overrun answers those that it can. A call counts until its handler has ended, also when its caller has gone.
 */
export function createConcurrencyInterceptor(maxCalls: number): Interceptor {
  let running = 0;
  return (next) => (request) => {
    if (running >= maxCalls) {
      const message = `${rpcName(request.method)} was not run: ${maxCalls} calls are running; try again in a moment`;
      return Promise.reject(new ConcordError("resource_exhausted", message, { details: { limit: maxCalls } }));
    }
    running++;
    return watchCall(
      () => next(request),
      () => running--,
    );
  };
}
