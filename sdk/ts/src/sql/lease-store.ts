import type { LeaseStore, LeaseView } from "../core/store/lease-store.ts";
import type { StoreContext } from "./store-context.ts";

type BalanceRequest = Parameters<LeaseStore["balance"]>[0];

/** Runs a statement of one heartbeat's transaction. */
type Run = <Row = unknown>(text: string, values: readonly unknown[]) => Promise<Row[]>;

interface PartitionRow {
  readonly partition: number;
}

/** How long a replica may be frozen while it leaves, in milliseconds. */
const leaveTimeoutMs = 10_000;

/** Keeps leases in `concord_lease` and who is alive in `concord_lease_member`. */
export function createLeaseStore<Db, Tx>(context: StoreContext<Db, Tx>): LeaseStore {
  const { database, dialect } = context;
  const lease = context.table("concord_lease");
  const member = context.table("concord_lease_member");

  return {
    balance: (request) =>
      database.transaction(
        async (tx) => {
          const run: Run = (text, values) => database.query(tx, text, values);
          for (const text of dialect.lockScope) await run(text, [request.scope]);
          return balance(context, run, request);
        },
        // Frozen here, a replica would hold the lock of the whole scope, and nobody could take over from it (trap T31).
        { idleTimeoutMs: request.ttlMs },
      ),
    release: async (scope, owner, partitions) => {
      if (partitions.length === 0) return;
      await database.query(
        database.db,
        `DELETE FROM ${lease} WHERE scope = $1 AND owner = $2 AND partition IN ${dialect.elements("$3", "bigint")}`,
        [scope, owner, dialect.list(partitions)],
      );
    },
    leave: (scope, owner) =>
      database.transaction(
        async (tx) => {
          await database.query(tx, `DELETE FROM ${lease} WHERE scope = $1 AND owner = $2`, [scope, owner]);
          await database.query(tx, `DELETE FROM ${member} WHERE scope = $1 AND owner = $2`, [scope, owner]);
        },
        { idleTimeoutMs: leaveTimeoutMs },
      ),
    list: async (scope) => {
      const rows = await database.query<PartitionRow & { owner: string; wait: string | number }>(
        database.db,
        `SELECT partition, owner, expires_at_ms - ${context.now("$2")} AS wait FROM ${lease}
         WHERE scope = $1 ORDER BY partition`,
        [scope, context.nowMs()],
      );
      return rows.map(({ partition, owner, wait }) => ({ scope, partition, owner, expiresInMs: Number(wait) }));
    },
  };
}

async function balance<Db, Tx>(context: StoreContext<Db, Tx>, run: Run, request: BalanceRequest): Promise<LeaseView> {
  const { partitions, held } = request;
  const members = await joinMembers(context, run, request);
  const kept = held.length === 0 ? [] : await renew(context, run, request);
  const room = Math.ceil(partitions / members) - kept.length;
  const acquired = room <= 0 ? [] : await acquire(context, run, request, kept, room);
  return {
    members,
    held: [...kept, ...acquired].sort((a, b) => a - b),
    acquired,
    lost: held.filter((partition) => !kept.includes(partition)),
  };
}

/** Says that the owner is alive, forgets those that are not and counts the rest. */
async function joinMembers<Db, Tx>(context: StoreContext<Db, Tx>, run: Run, request: BalanceRequest): Promise<number> {
  const { scope, owner, ttlMs } = request;
  const member = context.table("concord_lease_member");
  await run(
    `INSERT INTO ${member} (scope, owner, expires_at_ms) VALUES ($1, $2, ${context.now("$3")} + CAST($4 AS bigint))
     ON CONFLICT (scope, owner) DO UPDATE SET expires_at_ms = excluded.expires_at_ms`,
    [scope, owner, context.nowMs(), ttlMs],
  );
  await run(`DELETE FROM ${member} WHERE scope = $1 AND expires_at_ms <= ${context.now("$2")}`, [
    scope,
    context.nowMs(),
  ]);
  const [row] = await run<{ count: string }>(`SELECT count(*) AS count FROM ${member} WHERE scope = $1`, [scope]);
  return Number(row?.count);
}

/** An expired lease that nobody took is still the owner's. */
async function renew<Db, Tx>(context: StoreContext<Db, Tx>, run: Run, request: BalanceRequest): Promise<number[]> {
  const { scope, owner, ttlMs, held } = request;
  const rows = await run<PartitionRow>(
    `UPDATE ${context.table("concord_lease")} SET expires_at_ms = ${context.now("$3")} + CAST($4 AS bigint)
     WHERE scope = $1 AND owner = $2 AND partition IN ${context.dialect.elements("$5", "bigint")} RETURNING partition`,
    [scope, owner, context.nowMs(), ttlMs, context.dialect.list(held)],
  );
  return rows.map((row) => row.partition);
}

/** Takes partitions that are free, expired, or left from this owner's own past. */
async function acquire<Db, Tx>(
  context: StoreContext<Db, Tx>,
  run: Run,
  { scope, owner, ttlMs, partitions }: BalanceRequest,
  kept: readonly number[],
  room: number,
): Promise<number[]> {
  const lease = context.table("concord_lease");
  const taken = await run<PartitionRow>(
    `SELECT partition FROM ${lease} WHERE scope = $1 AND owner <> $2 AND expires_at_ms > ${context.now("$3")}`,
    [scope, owner, context.nowMs()],
  );
  const busy = new Set([...kept, ...taken.map((row) => row.partition)]);
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => !busy.has(partition),
  );
  const wanted = free.slice(0, room);
  if (wanted.length === 0) return [];
  await run(
    `INSERT INTO ${lease} (scope, partition, owner, expires_at_ms)
     SELECT $1, w.value, $2, ${context.now("$3")} + CAST($4 AS bigint)
     FROM ${context.dialect.elements("$5", "bigint")} AS w WHERE TRUE
     ON CONFLICT (scope, partition) DO UPDATE SET owner = excluded.owner, expires_at_ms = excluded.expires_at_ms`,
    [scope, owner, context.nowMs(), ttlMs, context.dialect.list(wanted)],
  );
  return wanted;
}
