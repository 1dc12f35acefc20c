import { escapeKeyToken, unescapeKeyToken } from "../core/key-token.ts";
import type { Headers } from "../core/message.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { ParkedEvent, ParkingStore } from "../core/store/parking-store.ts";
import type { StoreContext } from "./store-context.ts";

interface ParkedRow {
  readonly consumer: string;
  readonly stream: string;
  readonly partition: number;
  readonly sequence: string | number | bigint;
  readonly key: string | null;
  readonly source: string;
  readonly event_id: string;
  readonly subject: string;
  readonly headers: string;
  readonly body: Uint8Array;
  readonly stored_at_ms: string | number;
  readonly attempts: number;
  readonly redrives: number;
  readonly due_at_ms: string | number;
}

const columns = `consumer, stream, partition, sequence, key, source, event_id, subject, headers, body, stored_at_ms,
  attempts, redrives, due_at_ms`;

const partitionWhere = "consumer = $1 AND stream = $2 AND partition = $3";

/** Keeps waiting events in `concord_parked`. */
export function createParkingStore<Db, Tx>(context: StoreContext<Db, Tx>): ParkingStore<Tx> {
  const { database, dialect, now, nowMs } = context;
  const parked = context.table("concord_parked");
  const heads = createHeads(context);

  return {
    isKeyParked: async (tx, ref, key) => {
      const rows = await database.query(tx, `SELECT 1 FROM ${parked} WHERE ${partitionWhere} AND key = $4 LIMIT 1`, [
        ...toRef(ref),
        escapeKeyToken(key),
      ]);
      return rows.length > 0;
    },
    parkedKeys: async (tx, ref, keys) => {
      if (keys.length === 0) return new Set();
      const rows = await database.query<{ key: string }>(
        tx,
        `SELECT DISTINCT key FROM ${parked} WHERE ${partitionWhere} AND key IN ${dialect.elements("$4", "text")}`,
        [...toRef(ref), dialect.list(keys.map(escapeKeyToken))],
      );
      const tokens = new Set(rows.map(({ key }) => key));
      return new Set(keys.filter((key) => tokens.has(escapeKeyToken(key))));
    },
    park: async (tx, event, delayMs) => {
      await database.query(
        tx,
        `INSERT INTO ${parked} (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, ${due(now, "$14", "$15")})`,
        [...toValues(event), nowMs(), delayMs],
      );
    },
    claimDue: async (tx, refs) => {
      if (refs.length === 0) return undefined;
      const { text, values } = heads(refs);
      const [row] = await database.query<ParkedRow>(
        tx,
        `SELECT ${columns} FROM ${parked} p WHERE p.due_at_ms <= ${now("$1")} AND ${text}
         ORDER BY p.due_at_ms, p.sequence LIMIT 1 ${dialect.skipLocked}`,
        [nowMs(), ...values],
      );
      return row && toParkedEvent(row);
    },
    postpone: async (tx, event, attempts, delayMs) => {
      await database.query(
        tx,
        `UPDATE ${parked} SET attempts = $5, due_at_ms = ${due(now, "$6", "$7")} WHERE ${partitionWhere} AND sequence = $4`,
        [...toRef(event), event.sequence, attempts, nowMs(), delayMs],
      );
    },
    remove: async (tx, event) => {
      await database.query(tx, `DELETE FROM ${parked} WHERE ${partitionWhere} AND sequence = $4`, [
        ...toRef(event),
        event.sequence,
      ]);
    },
    nextDueInMs: async (refs) => {
      if (refs.length === 0) return undefined;
      const { text, values } = heads(refs);
      const [row] = await database.query<{ wait: string | number | null }>(
        database.db,
        `SELECT min(p.due_at_ms) - ${now("$1")} AS wait FROM ${parked} p WHERE ${text}`,
        [nowMs(), ...values],
      );
      return row?.wait === null || row === undefined ? undefined : Math.max(0, Number(row.wait));
    },
    count: async (ref) => {
      const [row] = await database.query<{ count: string }>(
        database.db,
        `SELECT count(*) AS count FROM ${parked} WHERE ${partitionWhere}`,
        toRef(ref),
      );
      return Number(row?.count);
    },
  };
}

/**
 * Writes the condition for the first events of their keys in some partitions. That an event is first is asked anew at every
 * call: a mark kept in the row could miss the tail that arrives while its head is taken out.
 */
function createHeads<Db, Tx>({ table, probe }: StoreContext<Db, Tx>) {
  const parked = table("concord_parked");
  const first = `(p.key IS NULL OR NOT EXISTS (SELECT 1 FROM ${parked} e WHERE e.consumer = p.consumer
    AND e.stream = p.stream AND e.partition = p.partition AND e.key = p.key AND e.sequence < p.sequence))`;
  const order = probe?.without("runner-ignores-order") ? "TRUE" : first;

  return (refs: readonly PartitionRef[]) => {
    const rows = refs.map((_, index) => {
      const at = 2 + index * 3;
      return `($${at}, $${at + 1}, CAST($${at + 2} AS integer))`;
    });
    const text = `(p.consumer, p.stream, p.partition) IN (VALUES ${rows.join(", ")}) AND ${order}`;
    return { text, values: refs.flatMap(toRef) };
  };
}

/** An event without a delay is due as soon as it is the first of its key. */
function due(now: (placeholder: string) => string, nowPlaceholder: string, delayPlaceholder: string): string {
  const delay = `CAST(${delayPlaceholder} AS bigint)`;
  return `CASE WHEN ${delay} <= 0 THEN 0 ELSE ${now(nowPlaceholder)} + ${delay} END`;
}

function toRef({ consumer, stream, partition }: PartitionRef): unknown[] {
  return [consumer, stream, partition];
}

function toValues(event: Omit<ParkedEvent, "dueAtMs">): unknown[] {
  return [
    ...toRef(event),
    event.sequence,
    event.key === undefined ? null : escapeKeyToken(event.key),
    event.source,
    event.eventId,
    event.subject,
    JSON.stringify(event.headers),
    event.body,
    event.storedAtMs,
    event.attempts,
    event.redrives,
  ];
}

function toParkedEvent(row: ParkedRow): ParkedEvent {
  return {
    consumer: row.consumer,
    stream: row.stream,
    partition: row.partition,
    sequence: BigInt(row.sequence),
    key: row.key === null ? undefined : unescapeKeyToken(row.key),
    source: row.source,
    eventId: row.event_id,
    subject: row.subject,
    headers: JSON.parse(row.headers) as Headers,
    body: row.body,
    storedAtMs: Number(row.stored_at_ms),
    attempts: row.attempts,
    redrives: row.redrives,
    dueAtMs: Number(row.due_at_ms),
  };
}
