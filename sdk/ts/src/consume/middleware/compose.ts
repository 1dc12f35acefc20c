import type { Handle, Middleware } from "../../core/handler.ts";

/** Wraps a handler in middlewares, the first one outermost. */
export function compose(middlewares: readonly Middleware[], handle: Handle): Handle {
  return middlewares.reduceRight((next, middleware) => middleware(next), handle);
}
