import { BadRequestSchema, ErrorInfoSchema } from "@concord/gen/google/rpc/error_details_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { ConcordError, type ErrorCode, type ErrorDetails, errorCodes } from "../core/error.ts";
import type { Violation } from "../core/validate.ts";

/**
 * The one table from our codes to those of RPC (https://connectrpc.com/docs/protocol#error-codes). What is missing is
 * our own fault and tells the caller nothing: `internal`.
 */
const rpcCodes: Partial<Record<ErrorCode, Code>> = {
  already_exists: Code.AlreadyExists,
  canceled: Code.Canceled,
  circuit_open: Code.Unavailable,
  deadline_exceeded: Code.DeadlineExceeded,
  failed_precondition: Code.FailedPrecondition,
  invalid_argument: Code.InvalidArgument,
  invalid_attribute: Code.InvalidArgument,
  invalid_data: Code.InvalidArgument,
  invalid_key: Code.InvalidArgument,
  not_found: Code.NotFound,
  permission_denied: Code.PermissionDenied,
  resource_exhausted: Code.ResourceExhausted,
  terminal: Code.FailedPrecondition,
  too_large: Code.ResourceExhausted,
  transaction_conflict: Code.Aborted,
  unauthenticated: Code.Unauthenticated,
  unavailable: Code.Unavailable,
  unsupported: Code.Unimplemented,
  unsupported_content_type: Code.InvalidArgument,
};

/** What we say for a code of RPC, where several of ours become one. */
const ourCodes: Partial<Record<Code, ErrorCode>> = {
  [Code.Aborted]: "transaction_conflict",
  [Code.FailedPrecondition]: "failed_precondition",
  [Code.InvalidArgument]: "invalid_argument",
  [Code.OutOfRange]: "invalid_argument",
  [Code.ResourceExhausted]: "resource_exhausted",
  [Code.Unavailable]: "unavailable",
};

/** Marks the details that carry one of our codes (https://google.aip.dev/193#errorinfo). */
const errorDomain = "concord";

/**
 * Gives any thrown value as the error a caller may see: coded failures keep their message and say which fields are at
 * fault, everything else becomes `internal` with the message "internal error", so that no stack, query or payload leaks
 * (conformance F23, trap T28).
 */
export function toConnectError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return isWrapped(thrown) ? internalError(thrown.cause) : thrown;
  if (thrown instanceof ConcordError) {
    const code = rpcCodes[thrown.code];
    if (code !== undefined) return new ConnectError(thrown.message, code, undefined, describe(thrown, code), thrown);
  }
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new ConnectError("the call was aborted", Code.Canceled, undefined, undefined, thrown);
  }
  return internalError(thrown);
}

/** Gives an error of a called service as one of ours, so that a caller meets one error class. */
export function fromConnectError(thrown: unknown): ConcordError {
  if (thrown instanceof ConcordError) return thrown;
  const error = ConnectError.from(thrown);
  // Interceptors of a client throw errors of ours, which Connect wraps.
  if (error.cause instanceof ConcordError) return error.cause;
  return new ConcordError(codeOf(error), error.rawMessage, { cause: thrown, details: detailsOf(error) });
}

/** What Connect makes of foreign errors: their message is not meant for callers. */
function isWrapped({ code, cause }: ConnectError): boolean {
  return code === Code.Unknown && cause !== undefined && !(cause instanceof ConnectError);
}

function internalError(cause: unknown): ConnectError {
  return new ConnectError("internal error", Code.Internal, undefined, undefined, cause);
}

type Details = NonNullable<ConstructorParameters<typeof ConnectError>[3]>;

function describe(error: ConcordError, rpcCode: Code): Details {
  const { code } = error;
  const violations = violationsOf(error);
  const fieldViolations = violations.map(({ field, rule, message }) => ({ field, reason: rule, description: message }));
  return [
    ...(violations.length > 0 ? [{ desc: BadRequestSchema, value: { fieldViolations } }] : []),
    ...(toOurCode(rpcCode) === code ? [] : [{ desc: ErrorInfoSchema, value: { reason: code, domain: errorDomain } }]),
  ];
}

/** The fields that an error says are at fault, none when it says nothing of fields. */
export function violationsOf({ details: { violations, field }, message }: ConcordError): readonly Violation[] {
  if (Array.isArray(violations)) return violations;
  return typeof field === "string" ? [{ field, rule: "", message }] : [];
}

function codeOf(error: ConnectError): ErrorCode {
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === errorDomain);
  return info && info.reason in errorCodes ? (info.reason as ErrorCode) : toOurCode(error.code);
}

function detailsOf(error: ConnectError): ErrorDetails {
  const violations = error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations)
    .map(({ field, reason, description }) => ({ field, rule: reason, message: description }));
  return violations.length > 0 ? { violations } : {};
}

function toOurCode(code: Code): ErrorCode {
  const found = ourCodes[code] ?? (Object.keys(rpcCodes) as ErrorCode[]).find((ours) => rpcCodes[ours] === code);
  return found ?? "internal";
}
