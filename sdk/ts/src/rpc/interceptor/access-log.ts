import type { Interceptor } from "@connectrpc/connect";
import type { Log } from "../../core/log.ts";
import { toConnectError } from "../error-code.ts";
import { codeName } from "./code-name.ts";
import { rpcName } from "./rpc-name.ts";
import { watchCall } from "./watch-call.ts";

/** Writes one line per call, at its end: method, code, duration. Never what was sent. */
export function createAccessLogInterceptor(log: Log): Interceptor {
  return (next) => (request) => {
    const started = performance.now();
    return watchCall(
      () => next(request),
      (error) => {
        const code = error === undefined ? "ok" : codeName(toConnectError(error).code);
        const durationMs = Math.round((performance.now() - started) * 10) / 10;
        log.info({ rpc: rpcName(request.method), code, durationMs }, "rpc");
      },
    );
  };
}
