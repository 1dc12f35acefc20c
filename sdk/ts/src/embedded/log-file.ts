import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConcordError } from "../core/error.ts";
import { applicationId, schema, schemaVersion } from "./schema.ts";
import { toLogError } from "./sqlite-error.ts";

/** How safe a commit is when it returns. */
export type Durability =
  /** On the disk: outlives a power cut. One fsync. */
  | "disk"
  /** With the operating system: outlives the death of the process. No fsync. */
  | "process";

/** The one SQLite connection of a log. Everything runs synchronously, so no transaction can see another's halves. */
export interface LogFile {
  readonly path: string;
  readonly db: DatabaseSync;
  /** Why the last transaction failed, undefined when it did not. */
  readonly fault: ConcordError | undefined;
  /**
   * Runs a function in one transaction: commits when it returns, rolls back when it throws.
   * @throws {ConcordError} what the error of SQLite means; and whatever `run` throws.
   */
  transaction<Result>(durability: Durability, run: () => Result): Result;
}

/**
 * Opens or makes the file and holds it alone: the lock is the operating system's, so it ends with the process, however
 * that dies.
 * @throws {ConcordError} `locked`, `permission_denied`, `config`, `migration`
 */
export function openLogFile(path: string): LogFile {
  const absolute = path === ":memory:" ? path : resolve(path);
  if (absolute !== ":memory:") checkWritable(absolute);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(absolute);
    lock(db);
    migrate(db, absolute);
    return createLogFile(db, absolute);
  } catch (thrown) {
    db?.close();
    throw toLogError(thrown, absolute);
  }
}

/** SQLite writes a second file beside the first, so the folder must be writable, too. */
function checkWritable(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.W_OK);
  } catch (cause) {
    const denied = ["EACCES", "EPERM", "EROFS"].includes((cause as NodeJS.ErrnoException).code ?? "");
    throw new ConcordError(
      denied ? "permission_denied" : "config",
      `the log file ${path} cannot be written; make it and its folder writable or choose another path`,
      { cause, details: { path } },
    );
  }
}

/**
 * In exclusive mode the first write takes the file's lock and keeps it; the write-ahead log then needs no shared memory
 * (https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory).
 */
function lock(db: DatabaseSync): void {
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
  db.exec("BEGIN EXCLUSIVE; COMMIT");
}

function migrate(db: DatabaseSync, path: string): void {
  const { application_id: application } = db.prepare("PRAGMA application_id").get() as { application_id: number };
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (application === applicationId && version === schemaVersion) return;
  const isEmpty = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (application === 0 && isEmpty) {
    const marks = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`;
    db.exec(`BEGIN; ${schema}; ${marks}; COMMIT`);
    return;
  }
  const found = application === applicationId ? `of version ${version}, newer than this SDK` : "another program's";
  throw new ConcordError("migration", `the file ${path} is ${found}; nothing was changed: choose another path`, {
    details: { path, version },
  });
}

function createLogFile(db: DatabaseSync, path: string): LogFile {
  const [begin, commit, rollback] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map((sql) => db.prepare(sql));
  let current: Durability | undefined;
  let fault: ConcordError | undefined;
  const setDurability = (durability: Durability) => {
    if (durability === current) return;
    db.exec(`PRAGMA synchronous = ${durability === "disk" ? "FULL" : "NORMAL"}`);
    current = durability;
  };
  const transaction = <Result>(durability: Durability, run: () => Result): Result => {
    try {
      setDurability(durability);
      begin!.run();
      const result = run();
      commit!.run();
      fault = undefined;
      return result;
    } catch (thrown) {
      if (db.isTransaction) rollback!.run();
      if (thrown instanceof ConcordError) throw thrown;
      fault = toLogError(thrown, path);
      throw fault;
    }
  };
  return {
    path,
    db,
    transaction,
    get fault() {
      return fault;
    },
  };
}
