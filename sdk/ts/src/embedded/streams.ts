import type { Clock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { StreamSpec } from "../core/transport.ts";
import type { LogFile } from "./log-file.ts";
import { LogStream, type StreamCounts } from "./log-stream.ts";
import { createMessageTable } from "./message-table.ts";
import { messageTable } from "./schema.ts";

/** The streams of a log. */
export interface Streams {
  all(): Iterable<LogStream>;
  find(name: string): LogStream | undefined;
  /** @throws {ConcordError} `not_found` */
  get(name: string): LogStream;
  /** Writes a stream's row and table; to be called inside a transaction. */
  create(spec: StreamSpec): void;
  /** Writes changed settings; to be called inside a transaction. */
  update(spec: StreamSpec): void;
  /** Writes a stream's counts; to be called inside a transaction. */
  saveCounts(id: number, counts: StreamCounts): void;
  /** Takes over what a transaction has created and updated. */
  load(): void;
}

interface StreamRow {
  readonly id: number;
  readonly name: string;
  readonly subjects: string;
  readonly partitions: number;
  readonly retention_ms: number;
  readonly dedupe_window_ms: number;
  readonly max_bytes: number | null;
  readonly max_messages: number | null;
  readonly owner: string | null;
  readonly created_at: number;
  readonly last_sequence: number;
  readonly messages: number;
  readonly bytes: number;
}

/** Reads the streams of a file. */
export function createStreams({ db }: LogFile, clock: Clock): Streams {
  const streams = new Map<string, LogStream>();
  const insert = db.prepare(
    `INSERT INTO stream
       (name, subjects, partitions, retention_ms, dedupe_window_ms, max_bytes, max_messages, owner, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = db.prepare(
    `UPDATE stream SET subjects = ?, retention_ms = ?, dedupe_window_ms = ?, max_bytes = ?, max_messages = ?, owner = ?
     WHERE name = ?`,
  );
  const saveCounts = db.prepare("UPDATE stream SET last_sequence = ?, messages = ?, bytes = ? WHERE id = ?");
  const select = db.prepare("SELECT * FROM stream ORDER BY id");

  const add = (row: StreamRow) => {
    const table = createMessageTable(db, row.id);
    const counts = { lastSequence: row.last_sequence, messages: row.messages, bytes: row.bytes };
    const stream = new LogStream({ id: row.id, spec: toSpec(row), createdAtMs: row.created_at, counts, table });
    for (const stored of table.idsSince(clock.now() - row.dedupe_window_ms)) {
      stream.dedupe.add(stored.message_id, stored.sequence, stored.stored_at);
    }
    streams.set(row.name, stream);
  };
  const load = () => {
    for (const row of select.all() as unknown as StreamRow[]) {
      const known = streams.get(row.name);
      if (known) known.configure(toSpec(row));
      else add(row);
    }
  };
  load();

  return {
    all: () => streams.values(),
    find: (name) => streams.get(name),
    get: (name) => {
      const stream = streams.get(name);
      if (stream) return stream;
      throw new ConcordError("not_found", `there is no stream ${name}; provision it first`, {
        details: { stream: name },
      });
    },
    create: ({ name, subjects, partitions, retentionMs, dedupeWindowMs, maxBytes, maxMessages, owner }) => {
      const limits = [retentionMs, dedupeWindowMs, maxBytes ?? null, maxMessages ?? null];
      const values = [partitions, ...limits, owner ?? null, clock.now()];
      const id = Number(insert.run(name, JSON.stringify(subjects), ...values).lastInsertRowid);
      db.exec(messageTable(id));
    },
    update: ({ name, subjects, retentionMs, dedupeWindowMs, maxBytes, maxMessages, owner }) => {
      const limits = [retentionMs, dedupeWindowMs, maxBytes ?? null, maxMessages ?? null];
      update.run(JSON.stringify(subjects), ...limits, owner ?? null, name);
    },
    saveCounts: (id, { lastSequence, messages, bytes }) => {
      saveCounts.run(lastSequence, messages, bytes, id);
    },
    load,
  };
}

function toSpec(row: StreamRow): StreamSpec {
  return {
    name: row.name,
    subjects: JSON.parse(row.subjects) as string[],
    partitions: row.partitions,
    retentionMs: row.retention_ms,
    dedupeWindowMs: row.dedupe_window_ms,
    maxBytes: row.max_bytes ?? undefined,
    maxMessages: row.max_messages ?? undefined,
    owner: row.owner ?? undefined,
  };
}
