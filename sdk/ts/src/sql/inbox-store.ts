import { escapeKeyToken } from "../core/key-token.ts";
import type {
  InboxClaim,
  InboxState,
  InboxStatus,
  InboxStore,
  OperationRef,
  ParkedKeyRef,
  StreamReads,
} from "../core/store/inbox-store.ts";
import { createClaimAll } from "./inbox-claim-all.ts";
import { fromDay, toDay, toInboxId, toIndexed } from "./inbox-id.ts";
import { inboxFloor, toAgeDay, toEventTimeMs, toInboxKey } from "./inbox-key.ts";
import type { StoreContext } from "./store-context.ts";

/** How a database drops days. */
export interface InboxDays {
  /** Raises the first day that is kept, drops the partitions before it in the same transaction and gives their rows. */
  raiseFloor(firstDay: number): Promise<number>;
  /** Tables whose rows are deleted one by one. */
  readonly prunedByRow: readonly string[];
}

interface ClaimedRow {
  readonly parked?: boolean | number;
}

interface FoundRow {
  readonly state: InboxState;
  readonly redrives: number;
}

/** Rows deleted in one transaction, so that a prune never keeps others waiting for long. */
const pruneBatch = 5_000;

/** Keeps what was handled in `concord_inbox` and `concord_operation`. */
export function createInboxStore<Db, Tx>(context: StoreContext<Db, Tx>, days: InboxDays): InboxStore<Tx> {
  const { database, table, dialect, probe } = context;
  const inbox = table("concord_inbox");
  const floor = inboxFloor(table);
  const where = `consumer = $1 AND source = $2 AND event_id = ${dialect.uuid("$3")} AND day = $4`;

  const insert = `INSERT INTO ${inbox} (consumer, source, event_id, day, event_time_ms, state, redrives)
    SELECT $1, $2, ${dialect.uuid("$3")}, CAST($4 AS integer), CAST($5 AS bigint), 'done', 0 WHERE CAST($6 AS integer) >= ${floor}
    ON CONFLICT DO NOTHING RETURNING `;
  const keyParked = `EXISTS (SELECT 1 FROM ${table("concord_parked")} p
    WHERE p.consumer = $1 AND p.stream = $7 AND p.partition = $8 AND p.key = $9) AS parked`;

  return {
    claim: async (tx, ref, parked): Promise<InboxClaim> => {
      const key = toInboxKey(context, ref);
      const timeMs = toEventTimeMs(context, ref);
      const values = [...key, timeMs, toAgeDay(context, timeMs)];
      const [claimed] = parked
        ? await database.query<ClaimedRow>(tx, insert + keyParked, [...values, ...toParkedKey(parked)])
        : await database.query<ClaimedRow>(tx, `${insert}1`, values);
      if (claimed !== undefined) return { kind: "claimed", ...(parked && { keyParked: Boolean(claimed.parked) }) };
      const [found] = await database.query<FoundRow>(tx, `SELECT state, redrives FROM ${inbox} WHERE ${where}`, key);
      return found === undefined ? { kind: "too_old" } : { kind: "duplicate", ...found };
    },
    claimAll: createClaimAll(context),
    setState: async (tx, ref, state) => {
      await database.query(tx, `UPDATE ${inbox} SET state = $5 WHERE ${where}`, [...toInboxKey(context, ref), state]);
    },
    claimOperation: (tx, ref, eventId) => claimOperation(context, tx, ref, eventId),
    reopen: async (tx, ref, redrive, { again = false } = {}) => {
      const states = again ? "state IN ('dead', 'done')" : "state = 'dead'";
      const set = probe?.without("redrive-leaves-inbox-row") ? "state = state" : "state = 'parked', redrives = $5";
      const rows = await database.query(
        tx,
        `UPDATE ${inbox} SET ${set} WHERE ${where} AND ${states} AND redrives < $5 RETURNING 1`,
        [...toInboxKey(context, ref), redrive],
      );
      return rows.length > 0;
    },
    prune: async (beforeMs, reads) => {
      if (reads) await noteUse(context, reads);
      const firstDay = await findFirstDay(context, beforeMs, reads);
      if (firstDay === undefined) return 0;
      let dropped = await days.raiseFloor(firstDay);
      for (const name of days.prunedByRow) dropped += await deleteBefore(context, table(name), firstDay);
      return dropped;
    },
    status: () => readStatus(context),
  };
}

function toParkedKey({ stream, partition, key }: ParkedKeyRef): unknown[] {
  return [stream, partition, escapeKeyToken(key)];
}

async function claimOperation<Db, Tx>(
  { database, table, dialect }: StoreContext<Db, Tx>,
  tx: Tx,
  { consumer, source, type, idempotencyKey }: OperationRef,
  eventId: string,
): Promise<boolean> {
  const operation = table("concord_operation");
  const key = [consumer, toIndexed(source), toIndexed(type), toIndexed(idempotencyKey)];
  const values = [...key, toInboxId(eventId).uuid];
  const [claimed] = await database.query(
    tx,
    `INSERT INTO ${operation} (consumer, source, type, idempotency_key, event_id)
     VALUES ($1, $2, $3, $4, ${dialect.uuid("$5")}) ON CONFLICT DO NOTHING RETURNING 1`,
    values,
  );
  if (claimed !== undefined) return true;
  const [same] = await database.query(
    tx,
    `SELECT 1 FROM ${operation} WHERE consumer = $1 AND source = $2 AND type = $3 AND idempotency_key = $4
     AND event_id = ${dialect.uuid("$5")}`,
    values,
  );
  return same !== undefined;
}

/** Cursors that nobody has ever named begin their time with this call. */
async function noteUse<Db, Tx>(context: StoreContext<Db, Tx>, { consumer, streams }: StreamReads): Promise<void> {
  const { database, table, dialect, now, nowMs } = context;
  await database.query(
    database.db,
    `UPDATE ${table("concord_cursor")} SET used_at_ms = ${now("$3")}
     WHERE used_at_ms IS NULL OR (consumer = $1 AND stream IN ${dialect.elements("$2", "text")})`,
    [consumer, dialect.list(streams), nowMs()],
  );
}

/** The first day to keep: none that is younger than asked, none that a cursor in use has not passed (trap T8). */
async function findFirstDay<Db, Tx>(
  { database, table, dialect }: StoreContext<Db, Tx>,
  beforeMs: number,
  reads: StreamReads | undefined,
): Promise<number | undefined> {
  const isUsed = `WHERE used_at_ms >= $1 OR (consumer = $2 AND stream IN ${dialect.elements("$3", "text")})`;
  const [row] = await database.query<{ passed: string | number | null }>(
    database.db,
    `SELECT min(coalesce(event_time_ms, 0)) AS passed FROM ${table("concord_cursor")} ${reads ? isUsed : ""}`,
    reads ? [beforeMs, reads.consumer, dialect.list(reads.streams)] : [],
  );
  const passedMs = row?.passed === null || row === undefined ? beforeMs : Math.min(beforeMs, Number(row.passed));
  return passedMs > 0 ? toDay(passedMs) : undefined;
}

async function deleteBefore<Db, Tx>(
  { database }: StoreContext<Db, Tx>,
  name: string,
  firstDay: number,
): Promise<number> {
  const key = "(consumer, source, event_id, day)";
  const text = `DELETE FROM ${name} WHERE ${key} IN (SELECT consumer, source, event_id, day FROM ${name}
    WHERE event_time_ms < $1 LIMIT ${pruneBatch}) RETURNING 1`;
  for (let deleted = 0; ; ) {
    const rows = await database.query(database.db, text, [fromDay(firstDay)]);
    deleted += rows.length;
    if (rows.length < pruneBatch) return deleted;
  }
}

async function readStatus<Db, Tx>({ database, table }: StoreContext<Db, Tx>): Promise<InboxStatus> {
  const [row] = await database.query<{ rows: string; operations: string; day: number | null }>(
    database.db,
    `SELECT (SELECT count(*) FROM ${table("concord_inbox")}) AS rows,
       (SELECT count(*) FROM ${table("concord_operation")}) AS operations,
       (SELECT max(first_day) FROM ${table("concord_inbox_floor")}) AS day`,
  );
  const day = row?.day ?? undefined;
  return {
    rows: Number(row?.rows),
    operations: Number(row?.operations),
    oldestDay: day === undefined ? undefined : new Date(fromDay(day)).toISOString().slice(0, 10),
  };
}
