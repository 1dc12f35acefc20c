import { ConcordError, type ErrorCode } from "../core/error.ts";

/** Codes of https://www.postgresql.org/docs/current/errcodes-appendix.html, whole or by class. */
const codes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  "25P02": [
    "failed_precondition",
    "a statement of the transaction failed and its error was caught, so that PostgreSQL takes nothing of it any more; " +
      "let the error through, or use a savepoint",
  ],
  "25P03": ["unavailable", "PostgreSQL ended a transaction that was idle for too long"],
  "28": ["unauthenticated", "PostgreSQL refuses the user or the password"],
  "3D000": ["not_found", "there is no database of that name; create it, or correct the URL"],
  "40001": ["transaction_conflict", "PostgreSQL could not order this transaction among others; it can be repeated"],
  "40P01": ["transaction_conflict", "this transaction waited for one that waited for it; it can be repeated"],
  "42501": ["permission_denied", "the user of the database may not do that; grant it"],
  "53": ["resource_exhausted", "PostgreSQL is out of memory, disk or connections"],
  "55P03": ["transaction_conflict", "a lock was not had in time; it can be repeated"],
  "57P01": ["unavailable", "PostgreSQL ended the connection"],
  "57P02": ["unavailable", "PostgreSQL crashed"],
  "57P03": ["unavailable", "PostgreSQL does not take connections now"],
  "08": ["unavailable", "the connection to PostgreSQL was lost"],
};

const networkCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** What pg says, without any code, when a connection ended or none could be had. */
const lostMessages =
  /Connection terminated|connection error|Client was closed|timeout exceeded when trying to connect|pool after calling end/i;

/**
 * Gives faults of the connection, of permissions and of concurrency as {@link ConcordError} and leaves all others, such as a
 * broken constraint, as they are, for whoever wrote the statement.
 */
export function toPostgresError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof ConcordError) return thrown;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
  if (code === undefined ? lostMessages.test(thrown.message) : networkCodes.has(code)) {
    return new ConcordError("unavailable", "PostgreSQL cannot be reached", { cause: thrown });
  }
  const known = code === undefined ? undefined : (codes[code] ?? codes[code.slice(0, 2)]);
  if (known === undefined) return toCauseError(thrown);
  return new ConcordError(known[0], known[1], { cause: thrown, details: { sqlState: code } });
}

/** Some clients wrap the driver's error: Drizzle puts it into `cause`. */
function toCauseError(thrown: Error): unknown {
  const mapped = toPostgresError(thrown.cause);
  return mapped instanceof ConcordError && mapped !== thrown.cause ? mapped : thrown;
}
