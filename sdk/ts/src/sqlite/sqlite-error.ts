import { ConcordError, type ErrorCode } from "../core/error.ts";

/** Primary result codes of https://www.sqlite.org/rescode.html that say more about the file than about the statement. */
const codes: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  3: ["permission_denied", "may not be written"],
  5: ["locked", "is held by another program"],
  6: ["locked", "is held by another statement"],
  10: ["unavailable", "cannot be read or written"],
  11: ["unavailable", "is damaged"],
  13: ["resource_exhausted", "cannot grow, the disk is full"],
  14: ["unavailable", "cannot be opened"],
  26: ["unavailable", "is no SQLite database"],
};

/** Result code of a write through a read-only connection. */
export const readOnlyCode = 8;

/** Gives faults of the file as {@link ConcordError} and leaves all others, such as a broken constraint, as they are. */
export function toSqliteError(thrown: unknown, path: string): unknown {
  const known = codes[sqliteCode(thrown) ?? -1];
  if (known === undefined) return thrown;
  return new ConcordError(known[0], `the database file ${path} ${known[1]}`, { cause: thrown });
}

/** The primary result code of an error of node:sqlite, undefined for other errors. */
export function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return undefined;
  return thrown.errcode & 0xff;
}
