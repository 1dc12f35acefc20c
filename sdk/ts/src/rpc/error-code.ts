import { Code, ConnectError } from "@connectrpc/connect";
import { ConcordError, type ErrorCode } from "../core/error.ts";

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
};

/**
 * Gives any thrown value as the error a caller may see: coded failures keep their message, everything else becomes
 * `internal` with the message "internal error", so that no stack, query or payload leaks (conformance F23, trap T28).
 */
export function toConnectError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  if (thrown instanceof ConcordError) {
    const code = rpcCodes[thrown.code];
    if (code !== undefined) return new ConnectError(thrown.message, code, undefined, undefined, thrown);
  }
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new ConnectError("the call was aborted", Code.Canceled, undefined, undefined, thrown);
  }
  return new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
}

/** Gives an error of a called service as one of ours, so that a caller meets one error class. */
export function fromConnectError(thrown: unknown): ConcordError {
  if (thrown instanceof ConcordError) return thrown;
  const error = ConnectError.from(thrown);
  return new ConcordError(ourCode(error.code), error.rawMessage, { cause: thrown });
}

function ourCode(code: Code): ErrorCode {
  const named: Partial<Record<Code, ErrorCode>> = {
    [Code.Aborted]: "transaction_conflict",
    [Code.InvalidArgument]: "invalid_argument",
    [Code.OutOfRange]: "invalid_argument",
    [Code.ResourceExhausted]: "resource_exhausted",
    [Code.Unavailable]: "unavailable",
    [Code.FailedPrecondition]: "failed_precondition",
  };
  const found = named[code] ?? (Object.keys(rpcCodes) as ErrorCode[]).find((ours) => rpcCodes[ours] === code);
  return found ?? "internal";
}
