import { isConcordError } from "../core/error.ts";
import { toDay } from "../sql/inbox-id.ts";
import type { InboxDays } from "../sql/inbox-store.ts";
import type { StoreContext } from "../sql/store-context.ts";

/** Days that have a partition ahead of time, today included. */
const daysAhead = 3;

const dayMs = 86_400_000;

/** How long a drop waits for the handlers under way; new ones wait behind it. */
const dropTimeout = "SET LOCAL lock_timeout = '1s'";

/** How long a new partition waits for events of the default partition. */
const addTimeout = "SET LOCAL lock_timeout = '200ms'";

const lockReplicas = "SELECT pg_advisory_xact_lock(hashtextextended('concord_inbox', 7))";

/** PostgreSQL's answer when the default partition has rows that belong into the new one. */
const checkViolation = "23514";

/**
 * Keeps the inbox in partitions of a day. An event's day is that of its own time, so that a late duplicate finds the row of
 * its first delivery, or finds that day dropped.
 */
export function createInboxDays<Db, Tx>(context: StoreContext<Db, Tx>): InboxDays {
  return {
    prunedByRow: ["concord_inbox_timeless", "concord_inbox_default"],
    raiseFloor: async (firstDay) => {
      await addDays(context, firstDay);
      return (await isRaised(context, firstDay)) ? 0 : dropDays(context, firstDay);
    },
  };
}

async function isRaised<Db, Tx>(context: StoreContext<Db, Tx>, firstDay: number): Promise<boolean> {
  const { database, table } = context;
  const [row] = await database.query(
    database.db,
    `SELECT 1 FROM ${table("concord_inbox_floor")} WHERE first_day >= $1`,
    [firstDay],
  );
  return row !== undefined;
}

/**
 * Raises the floor and drops the partitions below it in one transaction, alone. No claim is under way then, and those that
 * come later see the new floor: none can insert the row of an event whose first row is gone.
 */
function dropDays<Db, Tx>(context: StoreContext<Db, Tx>, firstDay: number): Promise<number> {
  const { database, table } = context;
  return database.transaction(async (tx) => {
    await database.query(tx, dropTimeout);
    await database.query(tx, `LOCK TABLE ${table("concord_inbox")} IN ACCESS EXCLUSIVE MODE`);
    await database.query(
      tx,
      `INSERT INTO ${table("concord_inbox_floor")} AS f (id, first_day) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE SET first_day = excluded.first_day WHERE excluded.first_day > f.first_day`,
      [firstDay],
    );
    let dropped = 0;
    for (const day of await listDays(context, tx)) {
      if (day < firstDay) dropped += await dropDay(context, tx, day);
    }
    return dropped;
  });
}

/** Asked of the catalog's tables: `to_regclass` may answer from a cache that does not know of another replica's table yet. */
async function listDays<Db, Tx>({ database, table }: StoreContext<Db, Tx>, handle: Db | Tx): Promise<number[]> {
  const rows = await database.query<{ name: string }>(
    handle,
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = '${table("concord_inbox")}'::regclass AND c.relname ~ '^concord_inbox_[0-9]+$' ORDER BY 1`,
  );
  return rows.map(({ name }) => Number(name.slice("concord_inbox_".length)));
}

async function dropDay<Db, Tx>({ database, table }: StoreContext<Db, Tx>, tx: Tx, day: number): Promise<number> {
  const name = table(`concord_inbox_${day}`);
  const [row] = await database.query<{ count: string }>(tx, `SELECT count(*) AS count FROM ${name}`);
  await database.query(tx, `DROP TABLE ${name}`);
  return Number(row?.count);
}

/** Makes the partitions of today and the next days. Where that fails, the default partition takes the day. */
async function addDays<Db, Tx>(context: StoreContext<Db, Tx>, firstDay: number): Promise<void> {
  const { database } = context;
  const [row] = await database.query<{ now: string }>(database.db, `SELECT ${context.now("$1")} AS now`, [
    context.nowMs(),
  ]);
  for (let ahead = 0; ahead < daysAhead; ahead++) {
    const day = toDay(Number(row?.now) + ahead * dayMs);
    if (day >= firstDay) await addDay(context, day);
  }
}

async function addDay<Db, Tx>(context: StoreContext<Db, Tx>, day: number): Promise<void> {
  const { database, table } = context;
  const inbox = table("concord_inbox");
  const name = table(`concord_inbox_${day}`);
  if ((await listDays(context, database.db)).includes(day)) return;
  try {
    await database.transaction(async (tx) => {
      await database.query(tx, addTimeout);
      await database.query(tx, lockReplicas);
      if ((await listDays(context, tx)).includes(day)) return;
      // Attached and not made in place: that would wait for every handler, this only for events of the default partition.
      await database.query(tx, `CREATE TABLE ${name} (LIKE ${inbox} INCLUDING ALL)`);
      await database.query(
        tx,
        `ALTER TABLE ${inbox} ATTACH PARTITION ${name} FOR VALUES FROM (${day}) TO (${day + 1})`,
      );
    });
  } catch (thrown) {
    if (!isInUse(thrown)) throw thrown;
  }
}

/** Whether the default partition has events of the day, or is being written to. */
function isInUse(thrown: unknown): boolean {
  return isConcordError(thrown, "transaction_conflict") || codeOf(thrown) === checkViolation;
}

/** Some clients wrap the driver's error. */
function codeOf(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return undefined;
  return "code" in thrown ? thrown.code : codeOf(thrown.cause);
}
