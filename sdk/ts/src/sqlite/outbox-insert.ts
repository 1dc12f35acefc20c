import { escapeKeyToken } from "../core/key-token.ts";
import type { OutboxEntry, OutboxStore } from "../core/store/outbox-store.ts";
import type { StoreContext } from "../sql/store-context.ts";

/** Tag of field 6 of the envelope, a varint: https://protobuf.dev/programming-guides/encoding/ */
const sequenceTag = 0x30;

/**
 * Stores entries with ids that the writer draws itself: whoever has the writer holds the lock of every key, so ids rise in
 * commit order.
 */
export function createInsert<Db, Tx>({ database, table, nowMs }: StoreContext<Db, Tx>): OutboxStore<Tx>["insert"] {
  const insert = `INSERT INTO ${table("concord_outbox")} (id, partition, key, stream, subject, message_id, headers, type,
    event_id, body, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

  return async (tx, entries) => {
    if (entries.length === 0) return [];
    const [last] = await database.query<{ seq: number | bigint }>(
      tx,
      "SELECT seq FROM sqlite_sequence WHERE name = 'concord_outbox'",
    );
    const first = BigInt(last?.seq ?? 0) + 1n;
    const ids = entries.map((_, index) => first + BigInt(index));
    for (const [index, entry] of entries.entries()) {
      await database.query(tx, insert, toValues(entry, ids[index]!, nowMs()));
    }
    return ids;
  };
}

function toValues(entry: OutboxEntry, id: bigint, nowMs: number | null): unknown[] {
  return [
    id,
    entry.partition,
    entry.key === undefined ? null : escapeKeyToken(entry.key),
    entry.stream,
    entry.subject,
    entry.messageId,
    JSON.stringify(entry.headers),
    entry.type,
    entry.eventId,
    toBody(entry, id),
    nowMs,
  ];
}

function toBody({ head, tail }: OutboxEntry, id: bigint): Uint8Array {
  return tail === undefined ? head : Buffer.concat([head, Uint8Array.of(sequenceTag, ...toVarint(id)), tail]);
}

function toVarint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
