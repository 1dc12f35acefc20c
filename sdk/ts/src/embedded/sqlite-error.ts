import { ConcordError, type ErrorCode } from "../core/error.ts";

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
export const sqliteCodes = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notDatabase: 26,
} as const;

/** SQLite's primary result code of a thrown error, undefined for errors that are not SQLite's. */
export function sqliteCodeOf(thrown: unknown): number | undefined {
  const errcode = (thrown as { errcode?: unknown }).errcode;
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}

/** Says what an error of SQLite means for whoever called the transport. */
export function toLogError(thrown: unknown, path: string): ConcordError {
  if (thrown instanceof ConcordError) return thrown;
  const [code, what] = meaningOf(thrown);
  return new ConcordError(code, `the log file ${path} ${what}`, { cause: thrown, details: { path } });
}

function meaningOf(thrown: unknown): [ErrorCode, string] {
  switch (sqliteCodeOf(thrown)) {
    case sqliteCodes.full:
      return ["resource_exhausted", "cannot grow: the disk is full; make room, then repeat the call"];
    case sqliteCodes.readOnly:
      return ["permission_denied", "is read-only; make it writable or choose another path"];
    case sqliteCodes.cannotOpen:
      return ["permission_denied", "cannot be opened; make its folder writable or choose another path"];
    case sqliteCodes.busy:
      return [
        "locked",
        "is open already, here or in another process; end that one, share its transport or choose another path",
      ];
    case sqliteCodes.notDatabase:
    case sqliteCodes.corrupt:
      return ["config", "is no intact SQLite file; choose another path or restore it from a backup"];
    case sqliteCodes.ioError:
      return ["unavailable", "could not be read or written; check the disk, then repeat the call"];
    default:
      return ["internal", "met an unexpected error"];
  }
}
