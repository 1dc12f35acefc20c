import { Code, type ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Log } from "../../core/log.ts";
import { toConnectError } from "../error-code.ts";
import { rpcName } from "./rpc-name.ts";
import { watchStream } from "./watch-stream.ts";

/**
 * Turns whatever a handler throws into an error that a caller may see, and logs what it may not (conformance F23, trap
 * T28).
 */
export function createErrorInterceptor(log: Log): Interceptor {
  return (next) => async (request) => {
    const toSeen = (thrown: unknown): ConnectError => {
      const error = toConnectError(thrown);
      if (error.code === Code.Internal) log.error({ rpc: rpcName(request.method), err: thrown }, "rpc failed");
      return error;
    };
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: watchStream(response.message, { failure: toSeen }) } : response;
    } catch (thrown) {
      throw toSeen(thrown);
    }
  };
}
