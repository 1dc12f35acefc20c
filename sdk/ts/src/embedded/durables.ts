import type { Clock } from "../core/clock.ts";
import { Bell } from "./bell.ts";
import type { LogFile } from "./log-file.ts";
import type { LogStream } from "./log-stream.ts";
import { compileFilter, type SubjectFilter } from "./subject-filter.ts";

/** The position of an acknowledging consumer, shared by all who consume under its name. */
export interface Durable {
  readonly id: number;
  readonly name: string;
  readonly stream: LogStream;
  filter: SubjectFilter;
  /** Everything up to here was delivered once. */
  position: number;
  /** Rings when a message can be delivered that could not before: by an acknowledgement, a retry, another filter. */
  readonly changed: Bell;
}

/** A message that was delivered and is not acknowledged. */
export interface PendingRow {
  readonly sequence: number;
  readonly deliveries: number;
}

/** The durables of a log and what is pending in each. Writes are to be called inside a transaction. */
export interface Durables {
  find(stream: LogStream, name: string): Durable | undefined;
  /** Writes a durable at the start of the stream, to be found after the commit. */
  create(stream: LogStream, name: string, filter: string): void;
  setFilter(durable: Durable, filter: string): void;
  /** Moves the position. */
  advance(durable: Durable, position: number): void;
  /** Counts the pending messages, those that wait for a retry included. */
  countPending(durable: Durable): number;
  /** The pending messages that are to be delivered again, in order. */
  due(durable: Durable, nowMs: number, limit: number): PendingRow[];
  /** When the next pending message is to be delivered again. */
  nextDueMs(durable: Durable): number | undefined;
  /** Notes one more delivery. */
  deliver(durable: Durable, sequence: number, dueAtMs: number): void;
  /** Sets when a message is due, unless it has been delivered again since or acknowledged. Tells whether it was. */
  postpone(durable: Durable, pending: PendingRow, dueAtMs: number, inHand: boolean): boolean;
  /** Takes a message off what is pending. */
  acknowledge(durable: Durable, sequence: number): void;
  /** Takes a deleted message off what is pending in all durables of its stream. */
  forget(stream: LogStream, sequence: number): void;
  /** Wakes the consumers of a stream's durables; after the commit. */
  ring(stream: LogStream): void;
}

/**
 * Reads the durables of a file. What the last process had in hand when it ended is due at once: nobody works on it any
 * more.
 */
export function createDurables({ db }: LogFile, clock: Clock): Durables {
  const durables = new Map<string, Durable>();
  const one = db.prepare("SELECT id, filter, position FROM durable WHERE stream = ? AND name = ?");
  const insert = db.prepare("INSERT INTO durable (stream, name, filter) VALUES (?, ?, ?)");
  const setFilter = db.prepare("UPDATE durable SET filter = ? WHERE id = ?");
  const setPosition = db.prepare("UPDATE durable SET position = ? WHERE id = ?");
  const count = db.prepare("SELECT count(*) AS pending FROM pending WHERE durable = ?");
  const due = db.prepare(
    "SELECT sequence, deliveries FROM pending WHERE durable = ? AND due_at <= ? ORDER BY sequence LIMIT ?",
  );
  const nextDue = db.prepare("SELECT min(due_at) AS due FROM pending WHERE durable = ?");
  const deliver = db.prepare(
    `INSERT INTO pending VALUES (?, ?, 1, ?, 1)
     ON CONFLICT DO UPDATE SET deliveries = deliveries + 1, due_at = excluded.due_at, in_hand = 1`,
  );
  const postpone = db.prepare(
    "UPDATE pending SET due_at = ?, in_hand = ? WHERE durable = ? AND sequence = ? AND deliveries = ?",
  );
  const acknowledge = db.prepare("DELETE FROM pending WHERE durable = ? AND sequence = ?");
  const forget = db.prepare(
    "DELETE FROM pending WHERE sequence = ? AND durable IN (SELECT id FROM durable WHERE stream = ?)",
  );
  db.prepare("UPDATE pending SET in_hand = 0, due_at = ? WHERE in_hand = 1").run(clock.now());

  const add = (stream: LogStream, name: string, row: { id: number; filter: string; position: number }): Durable => {
    const { id, position } = row;
    const durable = { id, name, stream, filter: compileFilter(row.filter), position, changed: new Bell() };
    durables.set(keyOf(stream, name), durable);
    return durable;
  };

  return {
    find: (stream, name) => {
      const known = durables.get(keyOf(stream, name));
      if (known) return known;
      const row = one.get(stream.id, name);
      return row && add(stream, name, row as { id: number; filter: string; position: number });
    },
    create: (stream, name, filter) => {
      insert.run(stream.id, name, filter);
    },
    setFilter: (durable, filter) => {
      setFilter.run(filter, durable.id);
    },
    advance: (durable, position) => {
      setPosition.run(position, durable.id);
    },
    countPending: ({ id }) => count.get(id)!.pending as number,
    due: ({ id }, nowMs, limit) => due.all(id, nowMs, limit) as unknown as PendingRow[],
    nextDueMs: ({ id }) => (nextDue.get(id)!.due as number | null) ?? undefined,
    deliver: ({ id }, sequence, dueAtMs) => {
      deliver.run(id, sequence, dueAtMs);
    },
    postpone: ({ id }, { sequence, deliveries }, dueAtMs, inHand) =>
      Number(postpone.run(dueAtMs, inHand ? 1 : 0, id, sequence, deliveries).changes) > 0,
    acknowledge: ({ id }, sequence) => {
      acknowledge.run(id, sequence);
    },
    forget: (stream, sequence) => {
      forget.run(sequence, stream.id);
    },
    ring: (stream) => {
      for (const durable of durables.values()) if (durable.stream === stream) durable.changed.ring();
    },
  };
}

function keyOf(stream: LogStream, name: string): string {
  return `${stream.id}/${name}`;
}
