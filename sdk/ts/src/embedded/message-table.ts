import type { DatabaseSync } from "node:sqlite";
import type { SubjectFilter } from "./subject-filter.ts";

/** A message ready to be written. */
export interface PreparedMessage {
  readonly subject: string;
  /** The subject's partition, {@link noPartition} when it has none. */
  readonly partition: number;
  readonly messageId: string;
  /** JSON. */
  readonly headers: string;
  readonly body: Uint8Array;
  /** What it counts against the stream's limit of bytes. */
  readonly size: number;
}

/** Stands for "no partition" in the table. */
export const noPartition = -1;

/** A row as readers need it: an array, because SQLite's binding makes those faster than objects. */
export type MessageRow = readonly [
  sequence: number,
  storedAtMs: number,
  subject: string,
  headers: string,
  body: Uint8Array,
];

/** A message id that was stored, and when. */
export interface StoredId {
  readonly message_id: string;
  readonly sequence: number;
  readonly stored_at: number;
}

/** Which rows a page takes. */
export interface RowRange {
  /** Rows behind this sequence, */
  readonly after: number;
  /** up to this one, */
  readonly end: number;
  /** so many at most. */
  readonly limit: number;
}

/** The statements on the messages of one stream. */
export interface MessageTable {
  insert(sequence: number, storedAtMs: number, message: PreparedMessage): void;
  /** Rows in order, by the index where the filter names a partition. Its GLOB is applied, which may let through too many. */
  select(range: RowRange, filter: SubjectFilter): MessageRow[];
  get(sequence: number): MessageRow | undefined;
  /** Deletes a row and gives its size, undefined when it was gone. */
  delete(sequence: number): number | undefined;
  /** Deletes at most so many of the oldest rows stored before then, and gives the sequence and size of each. */
  deleteOldest(limit: number, storedBeforeMs: number): { sequence: number; size: number }[];
  /** The oldest row's sequence and time. */
  first(): { sequence: number; stored_at: number } | undefined;
  /** The ids stored since then, oldest first. */
  idsSince(storedAfterMs: number): StoredId[];
}

/** Prepares the statements on a stream's table. */
export function createMessageTable(db: DatabaseSync, streamId: number): MessageTable {
  const table = `message_${streamId}`;
  const columns = "sequence, stored_at, subject, headers, body";
  const range = "sequence > ? AND sequence <= ? AND subject GLOB ? ORDER BY sequence LIMIT ?";
  const insert = db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const prepareRows = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const selectAll = prepareRows(`SELECT ${columns} FROM ${table} WHERE ${range}`);
  const indexed = `${table} INDEXED BY ${table}_partition`;
  const selectPartition = prepareRows(`SELECT ${columns} FROM ${indexed} WHERE partition = ? AND ${range}`);
  const get = prepareRows(`SELECT ${columns} FROM ${table} WHERE sequence = ?`);
  const remove = db.prepare(`DELETE FROM ${table} WHERE sequence = ? RETURNING size`);
  const oldest = `SELECT sequence, stored_at FROM ${table} ORDER BY sequence LIMIT ?`;
  const removeOldest = db.prepare(
    `DELETE FROM ${table} WHERE sequence IN (SELECT sequence FROM (${oldest}) WHERE stored_at <= ?) RETURNING sequence, size`,
  );
  const first = db.prepare(oldest);
  const newestIds = db.prepare(`SELECT message_id, sequence, stored_at FROM ${table} ORDER BY sequence DESC`);
  return {
    insert: (sequence, storedAtMs, { partition, size, messageId, subject, headers, body }) => {
      insert.run(sequence, partition, storedAtMs, size, messageId, subject, headers, body);
    },
    select: ({ after, end, limit }, { glob, partition }) =>
      rows<MessageRow>(
        partition === undefined
          ? selectAll.all(after, end, glob, limit)
          : selectPartition.all(partition, after, end, glob, limit),
      ),
    get: (sequence) => rows<MessageRow>(get.all(sequence))[0],
    delete: (sequence) => rows<{ size: number }>(remove.all(sequence))[0]?.size,
    deleteOldest: (limit, storedBeforeMs) => rows(removeOldest.all(limit, storedBeforeMs)),
    first: () => rows<{ sequence: number; stored_at: number }>(first.all(1))[0],
    idsSince: (storedAfterMs) => takeIds(newestIds.iterate(), storedAfterMs),
  };
}

/** Newest first as far as the time reaches, so that opening a file does not read the whole stream. */
function takeIds(newestFirst: Iterable<unknown>, storedAfterMs: number): StoredId[] {
  const ids: StoredId[] = [];
  for (const row of newestFirst as Iterable<StoredId>) {
    if (row.stored_at <= storedAfterMs) break;
    ids.push(row);
  }
  return ids.reverse();
}

function rows<Row>(found: unknown[]): Row[] {
  return found as Row[];
}
