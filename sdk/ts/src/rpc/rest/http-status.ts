import { Code } from "@connectrpc/connect";

/**
 * Statuses of REST answers by code. Unlike Connect's own table a refusal by the state of things is a conflict, as users of
 * REST expect (https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10).
 */
const statuses: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 409,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** Gives the HTTP status of a refused REST call. */
export function httpStatus(code: Code): number {
  return statuses[code] ?? 500;
}
