import { escapeKeyToken, unescapeKeyToken } from "../core/key-token.ts";
import type { Headers } from "../core/message.ts";
import {
  type OutboxRow,
  type OutboxStatus,
  type OutboxStore,
  outboxPartitions,
  type QuarantinedRow,
} from "../core/store/outbox-store.ts";
import type { StoreContext } from "./store-context.ts";

interface StoredRow {
  readonly id: string | number | bigint;
  readonly partition: number;
  readonly key: string | null;
  readonly stream: string;
  readonly subject: string;
  readonly message_id: string;
  readonly headers: string;
  readonly type: string;
  readonly event_id: string;
  readonly body: Uint8Array;
  readonly attempts: number;
  readonly cause: string;
  readonly quarantined_at_ms: string | number;
}

/** What differs between databases: how rows come in, and what the database knows about its transactions. */
export interface OutboxParts<Tx> {
  readonly insert: OutboxStore<Tx>["insert"];
  readonly observe: () => Promise<Pick<OutboxStatus, "oldestTransactionAgeMs" | "deadRows">>;
}

/**
 * Names quarantined rows by the words of the index as well: SQLite uses a partial index only where its condition stands in
 * the statement, and would look at every earlier row of the outbox for each row that it reads.
 */
const isQuarantined = (row: string) => `${row}.state <> 'waiting' AND ${row}.state = 'quarantined'`;

/** Longest cause that is kept, in characters. */
const maxCauseLength = 2_000;

/** Keeps messages in `concord_outbox`. */
export function createOutboxStore<Db, Tx>(context: StoreContext<Db, Tx>, parts: OutboxParts<Tx>): OutboxStore<Tx> {
  const { database, table, dialect } = context;
  const outbox = table("concord_outbox");
  const query = <Row>(text: string, values: readonly unknown[]) => database.query<Row>(database.db, text, values);
  const read = createRead(context, query);

  return {
    insert: parts.insert,
    read,
    delete: async (ids) => {
      if (ids.length === 0) return;
      // A row that comes back is sent again, and known at the other end.
      const where = `${dialect.withoutDisk} AND id IN ${dialect.elements("$1", "bigint")}`;
      await query(`DELETE FROM ${outbox} WHERE ${where}`, [dialect.list(ids)]);
    },
    recordFailure: async (id, cause) => {
      await query(`UPDATE ${outbox} SET attempts = attempts + 1, cause = $2 WHERE id = $1`, [id, toCause(cause)]);
    },
    quarantine: async (id, cause) => {
      await query(
        `UPDATE ${outbox} SET state = 'quarantined', cause = $2, quarantined_at_ms = ${context.now("$3")} WHERE id = $1`,
        [id, toCause(cause), context.nowMs()],
      );
    },
    listQuarantined: async (limit) => {
      const rows = await query<StoredRow>(
        `SELECT id, key, type, event_id, subject, attempts, cause, quarantined_at_ms FROM ${outbox}
         WHERE state = 'quarantined' ORDER BY id LIMIT $1`,
        [limit],
      );
      return rows.map(toQuarantined);
    },
    release: (id) =>
      repair(context, "UPDATE", id, "SET state = 'waiting', quarantined_at_ms = NULL, cause = NULL, attempts = 0"),
    drop: (id) => repair(context, "DELETE FROM", id, ""),
    status: async () => ({
      ...(await readStatus(context)),
      ...(await parts.observe()),
    }),
    pendingPartitions: async () => {
      const all = Array.from({ length: outboxPartitions }, (_, partition) => `(${partition})`).join(", ");
      const rows = await query<{ partition: number }>(
        `WITH p (partition) AS (VALUES ${all}) SELECT p.partition FROM p WHERE EXISTS
         (SELECT 1 FROM ${outbox} o WHERE o.partition = p.partition AND o.state = 'waiting') ORDER BY p.partition`,
        [],
      );
      return rows.map((row) => row.partition);
    },
  };
}

/** Rows looked at in one step behind a quarantined row, so that a long tail is soon marked. */
const tailPage = 1_000;

interface ReadRow extends StoredRow {
  readonly blocked: boolean | number;
}

type Query = <Row>(text: string, values: readonly unknown[]) => Promise<Row[]>;

/**
 * Reads what may be sent. A row behind a quarantined one of its key is found once, marked as held and from then on not
 * part of the index that is read, so that a long tail costs nothing.
 */
function createRead<Db, Tx>(context: StoreContext<Db, Tx>, query: Query): OutboxStore<Tx>["read"] {
  const outbox = context.table("concord_outbox");
  const columns = `SELECT o.id, o.partition, o.key, o.stream, o.subject, o.message_id, o.headers, o.body, o.attempts,
      EXISTS (SELECT 1 FROM ${outbox} q WHERE q.key = o.key AND ${isQuarantined("q")} AND q.id < o.id) AS blocked
    FROM ${outbox} o WHERE o.partition = $1 AND o.state = 'waiting'`;
  const others = `AND (o.key IS NULL OR o.key NOT IN ${context.dialect.elements("$3", "text")})`;

  return async (partition, limit, skipKeys = []) => {
    const skipped = skipKeys.length === 0 ? [] : [context.dialect.list(skipKeys.map(escapeKeyToken))];
    const skips = context.probe?.without("skip-locked-across-relays") && context.dialect.skipLocked !== "";
    const text = `${columns} ${skipKeys.length === 0 ? "" : others} ORDER BY o.partition, o.id LIMIT $2 ${skips ? "FOR UPDATE OF o SKIP LOCKED" : ""}`;
    // Always from the lowest id: a row that commits between two pages would be passed by a later one of its key (trap T1).
    for (let page = limit; ; page = Math.max(limit, tailPage)) {
      const rows = await query<ReadRow>(text, [partition, page, ...skipped]);
      const blocked = rows.filter((row) => row.blocked);
      if (blocked.length > 0) await hold(context, blocked);
      const free = rows.filter((row) => !row.blocked);
      if (free.length > 0 || rows.length < page) return free.slice(0, limit).map(toOutboxRow);
    }
  };
}

/** Marks rows as held as long as the row before them is still in quarantine; its lock makes a release wait. */
async function hold<Db, Tx>({ database, table, dialect }: StoreContext<Db, Tx>, rows: readonly StoredRow[]) {
  const outbox = table("concord_outbox");
  const keys = [...new Set(rows.map((row) => row.key ?? ""))];
  await database.query(
    database.db,
    `WITH q AS MATERIALIZED (SELECT o.id, o.key FROM ${outbox} o
       WHERE ${isQuarantined("o")} AND o.key IN ${dialect.elements("$2", "text")} ORDER BY o.id ${dialect.forShare})
     UPDATE ${outbox} SET state = 'held' WHERE state = 'waiting' AND id IN ${dialect.elements("$1", "bigint")}
       AND EXISTS (SELECT 1 FROM q WHERE q.key = ${outbox}.key AND q.id < ${outbox}.id)`,
    [dialect.list(rows.map((row) => BigInt(row.id))), dialect.list(keys)],
  );
}

/**
 * Takes a row out of quarantine and lets its tail go. Two statements: the second sees what was held while the first waited
 * for a row's lock.
 */
function repair<Db, Tx>(context: StoreContext<Db, Tx>, verb: string, id: bigint, set: string): Promise<boolean> {
  const { database } = context;
  const outbox = context.table("concord_outbox");
  return database.transaction(async (tx) => {
    const [row] = await database.query<{ key: string | null }>(
      tx,
      `${verb} ${outbox} ${set} WHERE id = $1 AND state = 'quarantined' RETURNING key`,
      [id],
    );
    if (row === undefined) return false;
    await database.query(
      tx,
      `UPDATE ${outbox} SET state = 'waiting' WHERE key = $1 AND state <> 'waiting' AND state = 'held' AND NOT EXISTS
       (SELECT 1 FROM ${outbox} q WHERE q.key = ${outbox}.key AND ${isQuarantined("q")} AND q.id < ${outbox}.id)`,
      [row.key],
    );
    return true;
  });
}

async function readStatus<Db, Tx>(
  context: StoreContext<Db, Tx>,
): Promise<Pick<OutboxStatus, "waiting" | "quarantined" | "oldestAgeMs">> {
  const { database } = context;
  const [row] = await database.query<{ waiting: string; quarantined: string; age: string | null }>(
    database.db,
    `SELECT count(*) FILTER (WHERE state <> 'quarantined') AS waiting,
       count(*) FILTER (WHERE state = 'quarantined') AS quarantined,
       ${context.now("$1")} - min(created_at_ms) FILTER (WHERE state <> 'quarantined') AS age
     FROM ${context.table("concord_outbox")}`,
    [context.nowMs()],
  );
  return {
    waiting: Number(row?.waiting),
    quarantined: Number(row?.quarantined),
    oldestAgeMs: Math.max(0, Number(row?.age ?? 0)),
  };
}

function toOutboxRow(row: StoredRow): OutboxRow {
  return {
    id: BigInt(row.id),
    partition: row.partition,
    key: row.key === null ? undefined : unescapeKeyToken(row.key),
    stream: row.stream,
    subject: row.subject,
    messageId: row.message_id,
    headers: JSON.parse(row.headers) as Headers,
    body: row.body,
    attempts: row.attempts,
  };
}

function toQuarantined(row: StoredRow): QuarantinedRow {
  return {
    id: BigInt(row.id),
    key: row.key === null ? undefined : unescapeKeyToken(row.key),
    type: row.type,
    eventId: row.event_id,
    subject: row.subject,
    attempts: row.attempts,
    cause: row.cause,
    quarantinedAtMs: Number(row.quarantined_at_ms),
  };
}

/** PostgreSQL's text holds no NUL. */
function toCause(cause: string): string {
  return cause.replaceAll("\0", "").slice(0, maxCauseLength);
}
