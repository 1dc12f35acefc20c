import { escapeKeyToken } from "../core/key-token.ts";
import type { OutboxEntry, OutboxStore } from "../core/store/outbox-store.ts";
import type { StoreContext } from "../sql/store-context.ts";
import { toInsertMany, toInsertOne } from "./outbox-insert-sql.ts";

/**
 * Distinct keys that one transaction locks one by one. Beyond it locks whole stripes: locks live in a shared memory of fixed
 * size, 6,400 of them by default.
 */
const maxKeyLocks = 1_000;

/**
 * Stores entries in one statement that takes the locks of their keys, all in one order, before it draws their ids. So a
 * second transaction of a key draws its ids after the first one's commit, and ids of a key rise in commit order.
 *
 * A transaction with few keys locks each of them, and shares the lock of its stripe; one with many locks the stripes alone.
 */
export function createInsert<Db, Tx extends object>(context: StoreContext<Db, Tx>): OutboxStore<Tx>["insert"] {
  const { database, table, probe } = context;
  const statements = { ids: textsOf(true), none: textsOf(false) };
  const lockedKeys = new WeakMap<Tx, number>();

  return async (tx, entries, { isLast } = {}) => {
    const [first] = entries;
    if (first === undefined) return [];
    const locked = (lockedKeys.get(tx) ?? 0) + new Set(entries.map((entry) => entry.key)).size;
    lockedKeys.set(tx, locked);
    const level = locked > maxKeyLocks ? "stripe" : "key";
    const single = entries.length === 1 && level === "key";
    const run = (isLast && database.queryLast) || database.query;
    const texts = isLast ? statements.none : statements.ids;
    const rows = single
      ? await run<IdRow>(tx, texts.one, toValues(first))
      : await run<IdRow>(tx, texts[level], toColumns(entries));
    return rows.map((row) => BigInt(row.id));
  };

  function textsOf(givesIds: boolean) {
    return {
      one: toInsertOne(table, { givesIds }, probe),
      key: toInsertMany(table, { level: "key", givesIds }, probe),
      stripe: toInsertMany(table, { level: "stripe", givesIds }, probe),
    };
  }
}

interface IdRow {
  readonly id: string | number | bigint;
}

function toValues(entry: OutboxEntry): unknown[] {
  return [
    entry.partition,
    entry.key === undefined ? null : escapeKeyToken(entry.key),
    entry.stream,
    entry.subject,
    entry.messageId,
    JSON.stringify(entry.headers),
    entry.type,
    entry.eventId,
    entry.head,
    entry.tail ?? null,
  ];
}

/** One array for each column. */
function toColumns(entries: readonly OutboxEntry[]): unknown[][] {
  const rows = entries.map(toValues);
  return rows[0]!.map((_, column) => rows.map((row) => row[column]));
}
