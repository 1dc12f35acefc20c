import type { Interceptor } from "@connectrpc/connect";

/** Sends a bearer token with each call, unless the call has credentials of its own. */
export function createTokenInterceptor(token: () => string | Promise<string>): Interceptor {
  return (next) => async (request) => {
    if (!request.header.has("authorization")) request.header.set("authorization", `Bearer ${await token()}`);
    return next(request);
  };
}
