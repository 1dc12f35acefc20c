import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Log } from "../core/log.ts";
import type { Validate, Violation } from "../core/validate.ts";
import { toConnectError } from "./error-code.ts";

/** Turns whatever a handler throws into an error that a caller may see, and logs what it may not. */
export function createErrorInterceptor(log: Log): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (thrown) {
      const error = toConnectError(thrown);
      if (error.code === Code.Internal) log.error({ rpc: rpcName(request), err: thrown }, "rpc failed");
      throw error;
    }
  };
}

/** Refuses a request that breaks its contract, naming every field and rule at once. */
export function createValidationInterceptor(validate: Validate): Interceptor {
  return (next) => async (request) => {
    if (!request.stream) {
      const violations = validate(request.method.input, request.message);
      if (violations.length > 0) throw new ConnectError(describe(violations), Code.InvalidArgument);
    }
    return next(request);
  };
}

/** Writes one line per call: method, code, duration. */
export function createAccessLogInterceptor(log: Log): Interceptor {
  return (next) => async (request) => {
    const started = performance.now();
    const finish = (code: string) =>
      log.info({ rpc: rpcName(request), code, durationMs: Math.round(performance.now() - started) }, "rpc");
    try {
      const response = await next(request);
      finish("ok");
      return response;
    } catch (error) {
      finish(Code[toConnectError(error).code] ?? "Unknown");
      throw error;
    }
  };
}

function rpcName(request: { service: { typeName: string }; method: { name: string } }): string {
  return `${request.service.typeName}/${request.method.name}`;
}

function describe(violations: readonly Violation[]): string {
  return violations.map(({ field, rule, message }) => `${field}: ${message} [${rule}]`).join("; ");
}
