import type { Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";

/** What is done with a unary call. */
export type UnaryFn = (request: UnaryRequest) => Promise<UnaryResponse>;

/** Puts interceptors around what is done with a call, the first one outermost; anew for each call, as Connect does. */
export function interceptUnary(interceptors: readonly Interceptor[], run: UnaryFn): UnaryFn {
  return interceptors.reduceRight<UnaryFn>((next, interceptor) => interceptor(next as never) as UnaryFn, run);
}
