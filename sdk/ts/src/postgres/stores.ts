import { type Clock, systemClock } from "../core/clock.ts";
import type { Database } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";
import type { Migrator, Stores } from "../core/store/stores.ts";
import { createMigrator } from "../sql/migrator.ts";
import type { SqlDialect, StoreContext } from "../sql/store-context.ts";
import { createStores } from "../sql/stores.ts";
import { createInboxDays } from "./inbox-days.ts";
import { createInsert } from "./outbox-insert.ts";
import { checkSchema } from "./schema.ts";

/** Where Concord's tables are. */
export interface PostgresTablesOptions {
  /** Schema of the tables. Default: the first of the connection's search path. */
  readonly schema?: string | undefined;
}

/** How Concord's tables are used. */
export interface PostgresStoresOptions extends PostgresTablesOptions {
  /** For events whose ids hold no time. Leases and delays go by the database's clock (trap T19). Default: the machine's. */
  readonly clock?: Clock | undefined;
  readonly probe?: Probe | undefined;
}

const nowMs = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

const dialect: SqlDialect = {
  uuid: (placeholder) => `CAST(${placeholder} AS uuid)`,
  elements: (placeholder, type) => `(SELECT unnest(${placeholder}::${type}[]) AS value)`,
  list: (values) => [...values],
  rows: (columns) => {
    const lists = columns.map(([, type], index) => `$${index + 1}::${type}[]`);
    return `(SELECT * FROM unnest(${lists.join(", ")}) AS t (${columns.map(([name]) => name).join(", ")}))`;
  },
  rowValues: (rows) => rows[0]?.map((_, column) => rows.map((row) => row[column])) ?? [],
  skipLocked: "FOR UPDATE OF p SKIP LOCKED",
  forShare: "FOR SHARE",
  // https://www.postgresql.org/docs/current/wal-async-commit.html; the setting ends with the transaction.
  withoutDisk: "(SELECT set_config('synchronous_commit', 'off', TRUE)) = 'off'",
  lockScope: ["SELECT pg_advisory_xact_lock(hashtextextended('concord_lease/' || $1, 7))"],
};

/**
 * Concord's tables in a PostgreSQL database (15 or newer), through any client of it.
 * @throws {ConcordError} `config` for a schema that is no plain name.
 */
export function createPostgresStores<Db, Tx extends object>(
  database: Database<Db, Tx>,
  options: PostgresStoresOptions = {},
): Stores<Tx> {
  const { clock = systemClock, probe, schema } = options;
  const prefix = schema === undefined ? "" : `${checkSchema(schema)}.`;
  const context: StoreContext<Db, Tx> = {
    database,
    dialect,
    table: (name) => prefix + name,
    clock,
    nowMs: () => (probe?.without("local-clock-for-leases") ? clock.now() : null),
    now: (placeholder) => `coalesce(CAST(${placeholder} AS bigint), ${nowMs})`,
    probe,
  };
  return createStores(context, {
    outbox: { insert: createInsert(context), observe: () => observe(context) },
    days: createInboxDays(context),
  });
}

/**
 * Brings a PostgreSQL database's tables up to date, in a schema that is made when missing. The service's own migrations
 * find that schema first in their search path.
 * @throws {ConcordError} `config` for a schema that is no plain name.
 */
export function createPostgresMigrator<Db, Tx>(
  database: Database<Db, Tx>,
  { schema }: PostgresTablesOptions = {},
): Migrator {
  const lock = "SELECT pg_advisory_xact_lock(hashtextextended('concord_migration', 7))";
  const enter = (name: string) => [toSchemaBlock(name), `SET LOCAL search_path TO ${name}, public`];
  const begin = schema === undefined ? [lock] : [lock, ...enter(checkSchema(schema))];
  return createMigrator({ database, begin, now: nowMs });
}

/** Unlike `CREATE SCHEMA IF NOT EXISTS` it needs no right to create schemas when this one exists. */
function toSchemaBlock(name: string): string {
  return `DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '${name}') THEN CREATE SCHEMA ${name}; END IF;
  END $$`;
}

/** Ages of other users' transactions are visible to members of `pg_read_all_stats` only. */
async function observe<Db, Tx>({ database, table }: StoreContext<Db, Tx>) {
  const [row] = await database.query<{ age: string | number | null; dead: string | number | null }>(
    database.db,
    `SELECT (SELECT max((extract(epoch FROM clock_timestamp() - xact_start) * 1000)::bigint) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS age,
       (SELECT n_dead_tup FROM pg_stat_all_tables WHERE relid = '${table("concord_outbox")}'::regclass) AS dead`,
  );
  return { oldestTransactionAgeMs: Math.max(0, Number(row?.age ?? 0)), deadRows: Number(row?.dead ?? 0) };
}
