import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { ConcordError } from "../../core/error.ts";
import type { Validate, Violation } from "../../core/validate.ts";
import { rpcName } from "./rpc-name.ts";
import { watchStream } from "./watch-stream.ts";

/** Who checks: what a client gets is the server's fault, what a server gets the client's. */
export type Side = "client" | "server";

/**
 * Refuses requests and answers that break their contract, every message of a stream too. A request's violations are told to
 * the caller, all fields at once as `google.rpc.BadRequest`; those of an answer are the service's own fault, so a server
 * answers `internal` and logs them.
 */
export function createValidationInterceptor(validate: Validate, side: Side): Interceptor {
  return (next) => async (request) => {
    const { method } = request;
    const checkInput = (message: Message) => refuseInput(validate(method.input, message));
    const checkOutput = (message: Message) => refuseOutput(validate(method.output, message), rpcName(method), side);
    if (!request.stream) checkInput(request.message);
    const response = await next(
      request.stream ? { ...request, message: watchStream(request.message, { message: checkInput }) } : request,
    );
    if (response.stream) return { ...response, message: watchStream(response.message, { message: checkOutput }) };
    checkOutput(response.message);
    return response;
  };
}

function refuseInput(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  throw new ConcordError("invalid_argument", describe(violations), { details: { violations } });
}

function refuseOutput(violations: readonly Violation[], name: string, side: Side): void {
  if (violations.length === 0) return;
  const message = `the answer of ${name} breaks its contract: ${describe(violations)}`;
  if (side === "server") throw new ConcordError("internal", message, { details: { violations } });
  throw new ConnectError(message, Code.Internal);
}

function describe(violations: readonly Violation[]): string {
  return violations.map(({ field, rule, message }) => `${field}: ${message} [${rule}]`).join("; ");
}
