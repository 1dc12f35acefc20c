import { type ErrorCode, isConcordError } from "@concord/sdk";

/** A fault in what the runner asked, such as an unknown type. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

/** Codes of the SDK that the protocol does not know, and what they are there. */
const translated: Partial<Record<ErrorCode, string>> = {
  invalid_argument: "bad_request",
  outside_transaction: "bad_request",
  invalid_contract: "config",
  stream_conflict: "config",
  failed_precondition: "config",
  migration: "config",
  locked: "config",
  already_exists: "config",
};

/** Gives what was thrown as code and message; the message of an unknown error goes to the log alone. */
export function toError(thrown: unknown): { code: string; message: string } {
  if (thrown instanceof BadRequest) return { code: "bad_request", message: thrown.message };
  if (isConcordError(thrown)) return { code: translated[thrown.code] ?? thrown.code, message: thrown.message };
  return { code: "internal", message: "an unexpected error happened; see the log" };
}
