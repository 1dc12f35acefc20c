import type { Database, Sql } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";
import { openConnection, type SqliteConnection } from "./connection.ts";
import { placeFile } from "./database-file.ts";
import { createDiskSync, type DiskSync, noDiskSync } from "./disk-sync.ts";
import { lockFile } from "./file-lock.ts";
import { readOnlyCode, sqliteCode } from "./sqlite-error.ts";
import { createWriter, type SqliteWriter } from "./writer.ts";

/** Which file, and how carefully. */
export interface SqliteOptions {
  /**
   * Path of the file, also written `sqlite:path`; made with its folder when missing. `:memory:` is a file in the
   * temporary folder that goes with `close`.
   */
  readonly path: string;
  /**
   * Whether a commit is on the disk when it resolves. Default true; without it a power cut may take the last commits,
   * never a part of one.
   */
  readonly durable?: boolean | undefined;
  /** How long a statement waits for another program, such as a backup, in milliseconds; it blocks. Default 1,000. */
  readonly busyTimeoutMs?: number | undefined;
  readonly probe?: Probe | undefined;
}

/**
 * Opens an SQLite file as a service's database, for this process alone.
 *
 * One connection writes, and a mutex lets one transaction at a time use it: no statement of one request can fall into the
 * transaction of another (trap T39). A second connection reads what is committed and on the disk, also in the middle of a
 * transaction. Commits of one moment share an fsync, which holds nobody else up (ADR 0013). A write through `db` is a
 * transaction of its own and waits its turn; inside a transaction it is refused, as it would wait for itself. A transaction whose signal aborts is rolled back, even if its function never ends.
 *
 * Integers come back as numbers, beyond 2^53 as bigint.
 * @param openDisk How commits are brought to the disk, for tests.
 * @throws {ConcordError} `locked` when another process holds the file; `permission_denied`, `unavailable`.
 */
export function openSqlite(
  options: SqliteOptions,
  openDisk: (path: string) => DiskSync = createDiskSync,
): Database<Sql, Sql> {
  const file = placeFile(options.path);
  const unlock = lockFile(file.path);
  const [connection, reader] = openBoth(file.path, options, unlock);
  const disk = options.durable === false ? noDiskSync : openDisk(file.path);
  const writer = createWriter(connection, { disk, unguarded: options.probe?.without("sqlite-without-mutex") });
  const db = createDb(reader, writer, disk);
  let closing: Promise<void> | undefined;

  const close = async () => {
    await writer.close();
    await disk.close();
    reader.close();
    connection.close();
    unlock();
    file.remove();
  };

  return {
    dialect: "sqlite",
    db,
    transaction: (run, transactionOptions) => writer.transaction(run, transactionOptions),
    query: (handle, text, values) => handle.query(text, values),
    ping: async (signal) => {
      signal?.throwIfAborted();
      await db.query("SELECT 1");
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function openBoth(path: string, options: SqliteOptions, unlock: () => void): [SqliteConnection, SqliteConnection] {
  const { busyTimeoutMs = 1_000 } = options;
  const opened: SqliteConnection[] = [];
  try {
    const writer = openConnection(path, { readOnly: false, busyTimeoutMs });
    opened.push(writer);
    writer.run("PRAGMA journal_mode = WAL");
    writer.run("PRAGMA synchronous = NORMAL");
    writer.run("PRAGMA foreign_keys = ON");
    return [writer, openConnection(path, { readOnly: true, busyTimeoutMs })];
  } catch (cause) {
    for (const connection of opened) connection.close();
    unlock();
    throw cause;
  }
}

/** What is not on the disk yet is shown to nobody: an event that was read and sent must not be lost with a power cut. */
function createDb(reader: SqliteConnection, writer: SqliteWriter, disk: DiskSync): Sql {
  return {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      if (!mayRead(text)) return writer.query<Row>(text, values);
      const rows = tryRead<Row>(reader, text, values);
      if (rows === undefined) return writer.query<Row>(text, values);
      // After the read: others commit while an fsync runs, and what they wrote may be among the rows.
      await disk.reach();
      return rows;
    },
  };
}

/** Gives undefined for a statement that turns out to write. */
function tryRead<Row>(reader: SqliteConnection, text: string, values?: readonly unknown[]): Row[] | undefined {
  try {
    return reader.run<Row>(text, values);
  } catch (thrown) {
    if (sqliteCode(thrown) !== readOnlyCode) throw thrown;
    return undefined;
  }
}

/** A guess that is never wrong by harm: a `WITH … INSERT` fails on the reader before it has done anything. */
function mayRead(text: string): boolean {
  return /^\s*(?:SELECT|WITH|VALUES|EXPLAIN|PRAGMA)\b/i.test(text);
}
