import { DatabaseSync } from "node:sqlite";
import { ConcordError } from "../core/error.ts";
import { sqliteCode } from "./sqlite-error.ts";

/**
 * Holds a database file for this process through a lock file beside it, `<path>-lock`. The lock is the operating system's
 * (SQLite takes it by `fcntl`), so it ends with the process however that ends, and leaves nothing to clean up.
 * @returns the function that gives the file free
 * @throws {ConcordError} `locked` when another process, or another part of this one, holds it.
 */
export function lockFile(path: string): () => void {
  const lock = openLock(`${path}-lock`);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (sqliteCode(cause) !== 5) throw cause;
    throw new ConcordError(
      "locked",
      `another process holds the database file ${path}; stop it, or give this service a file of its own`,
      { cause },
    );
  }
  return () => lock.close();
}

function openLock(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (cause) {
    throw new ConcordError(
      "permission_denied",
      `the lock file ${path} cannot be opened; make its folder writable or choose another with the database's path`,
      { cause },
    );
  }
}
