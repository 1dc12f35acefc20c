import { CommandError, exitCodes } from "../command-error.ts";

/** Codes of a ConcordError that say somebody else could not be reached, or would not let the command in. */
const unreachable: ReadonlySet<string> = new Set([
  "unavailable",
  "deadline_exceeded",
  "unauthenticated",
  "permission_denied",
  "unsupported",
  "locked",
]);

/** Tells an error in one sentence with the exit code that it means. The SDK is not loaded to know its errors. */
export function explainError(error: unknown): { readonly message: string; readonly code: number } {
  if (error instanceof CommandError) return { message: error.message, code: error.exitCode };
  const { message, code, details } = error as {
    message?: string;
    code?: string;
    details?: { violations?: Violation[] };
  };
  const violations = (details?.violations ?? []).map(({ field, message }) => `\n  ${field}: ${message}`).join("");
  return {
    message: `${message ?? String(error)}${violations}`,
    code: unreachable.has(code ?? "") ? exitCodes.unreachable : exitCodes.wrongUse,
  };
}

interface Violation {
  readonly field: string;
  readonly message: string;
}
