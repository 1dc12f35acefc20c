import { escapeKeyToken } from "../core/key-token.ts";
import type { Probe } from "../core/probe.ts";
import type { OutboxEntry, OutboxStore } from "../core/store/outbox-store.ts";
import type { StoreContext } from "../sql/store-context.ts";

/**
 * Distinct keys that one transaction locks one by one. Beyond it locks whole stripes: locks live in a shared memory of fixed
 * size, 6,400 of them by default.
 */
const maxKeyLocks = 1_000;

/** Stripes that keys fall into by their hash. */
const stripes = 256;

/** How many keys a transaction has locked. */
type LockedKeys = WeakMap<object, number>;

/**
 * Stores entries in one statement that takes the locks of their keys, all in one order, before it draws their ids. So a
 * second transaction of a key draws its ids after the first one's commit, and ids of a key rise in commit order.
 *
 * A transaction with few keys locks each of them, and shares the lock of its stripe; one with many locks the stripes alone.
 */
export function createInsert<Db, Tx extends object>(context: StoreContext<Db, Tx>): OutboxStore<Tx>["insert"] {
  const byKey = toStatement(context.table, "key", context.probe);
  const byStripe = toStatement(context.table, "stripe", context.probe);
  const lockedKeys: LockedKeys = new WeakMap();

  return async (tx, entries) => {
    if (entries.length === 0) return [];
    const locked = (lockedKeys.get(tx) ?? 0) + new Set(entries.map((entry) => entry.key)).size;
    lockedKeys.set(tx, locked);
    const text = locked > maxKeyLocks ? byStripe : byKey;
    const rows = await context.database.query<{ id: string | number }>(tx, text, toColumns(entries));
    return rows.map((row) => BigInt(row.id));
  };
}

/** What a statement locks: each key, or all of a stripe at once. */
type LockLevel = "key" | "stripe";

function toStatement(table: (name: string) => string, level: LockLevel, probe: Probe | undefined): string {
  const outbox = table("concord_outbox");
  const draw = `nextval('${table("concord_outbox_id_seq")}')`;
  const early = probe?.without("lock-after-id") ?? false;
  return `WITH i AS MATERIALIZED (
      SELECT ${early ? `${draw} AS early_id,` : ""} t.* FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[],
        $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[]) WITH ORDINALITY
        AS t (partition, key, stream, subject, message_id, headers, type, event_id, head, tail, n)
    ), ${toLocks(outbox, level, probe)}
    INSERT INTO ${outbox} (id, partition, key, stream, subject, message_id, headers, type, event_id, body)
    SELECT id, partition, key, stream, subject, message_id, headers, type, event_id,
      CASE WHEN tail IS NULL THEN head ELSE head || '\\x30'::bytea || ${table("concord_varint")}(id) || tail END
    FROM (SELECT ${early ? "early_id" : draw} AS id, s.*
      FROM (SELECT i.* FROM i ${isReferenced(probe) ? ", l" : ""} ORDER BY n OFFSET 0) s OFFSET 0) r
    RETURNING id`;
}

/**
 * Locks are named by the table's oid and the key's hash. `l` gives one row when all locks are held; without a reference to
 * it PostgreSQL would not run it at all.
 */
function toLocks(outbox: string, level: LockLevel, probe: Probe | undefined): string {
  const oid = `'${outbox}'::regclass::oid::integer`;
  const sorted = (column: string) => (probe?.without("unsorted-locks") ? "ORDER BY min(n)" : `ORDER BY ${column}`);
  const lock = level === "key" ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
  const hashes = `k AS MATERIALIZED (SELECT hashtextextended(key, ${oid}) AS hash, min(n) AS n FROM i
      WHERE key IS NOT NULL ${probe?.without("no-key-lock") ? "AND FALSE" : ""} GROUP BY 1)`;
  const stripeLocks = `s AS MATERIALIZED (SELECT count(${lock}(${oid}, stripe)) AS locks FROM (
      SELECT (hash & ${stripes - 1})::integer AS stripe FROM k GROUP BY 1 ${sorted("1")} OFFSET 0) d)`;
  const keyLocks = `l AS MATERIALIZED (SELECT count(pg_advisory_xact_lock(hash)) AS locks FROM (
      SELECT hash FROM k, s GROUP BY hash ${sorted("hash")} OFFSET 0) d)`;
  return `${hashes}, ${stripeLocks}, ${level === "key" ? keyLocks : "l AS MATERIALIZED (SELECT locks FROM s)"}`;
}

function isReferenced(probe: Probe | undefined): boolean {
  return !probe?.without("cte-unreferenced");
}

function toColumns(entries: readonly OutboxEntry[]): unknown[] {
  return [
    entries.map((entry) => entry.partition),
    entries.map((entry) => (entry.key === undefined ? null : escapeKeyToken(entry.key))),
    entries.map((entry) => entry.stream),
    entries.map((entry) => entry.subject),
    entries.map((entry) => entry.messageId),
    entries.map((entry) => JSON.stringify(entry.headers)),
    entries.map((entry) => entry.type),
    entries.map((entry) => entry.eventId),
    entries.map((entry) => entry.head),
    entries.map((entry) => entry.tail ?? null),
  ];
}
