import { type Clock, systemClock } from "../core/clock.ts";
import type { Database } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";
import type { Migrator, Stores } from "../core/store/stores.ts";
import { createMigrator } from "../sql/migrator.ts";
import type { SqlDialect, StoreContext } from "../sql/store-context.ts";
import { createStores } from "../sql/stores.ts";
import { createInsert } from "./outbox-insert.ts";

/** How Concord's tables are used. */
export interface SqliteStoresOptions {
  /** The file belongs to one process, so that its clock is the database's. Default: the machine's. */
  readonly clock?: Clock | undefined;
  readonly probe?: Probe | undefined;
}

/** SQLite needs no locks: one transaction writes at a time. */
const dialect: SqlDialect = {
  uuid: (placeholder) => placeholder,
  elements: (placeholder) => `(SELECT value FROM json_each(${placeholder}))`,
  list: (values) => `[${values.map((value) => (typeof value === "string" ? JSON.stringify(value) : value)).join(",")}]`,
  rows: (columns) => {
    const values = columns.map(([name], index) => `json_extract(value, '$[${index}]') AS ${name}`);
    return `(SELECT ${values.join(", ")} FROM json_each($1))`;
  },
  rowValues: (rows) => [JSON.stringify(rows)],
  skipLocked: "",
  forShare: "",
  // Its commits share an fsync that holds nobody up.
  withoutDisk: "TRUE",
  lockScope: [],
};

/**
 * Concord's tables in an SQLite database, through any client of it. They have no schema and no prefix: a file belongs to
 * one service and one process at a time, so the file itself keeps services apart.
 */
export function createSqliteStores<Db, Tx>(database: Database<Db, Tx>, options: SqliteStoresOptions = {}): Stores<Tx> {
  const { clock = systemClock, probe } = options;
  const context: StoreContext<Db, Tx> = {
    database,
    dialect,
    table: (name) => name,
    clock,
    nowMs: () => clock.now(),
    now: (placeholder) => placeholder,
    probe,
  };
  return createStores(context, {
    outbox: { insert: createInsert(context), observe: async () => ({ oldestTransactionAgeMs: 0, deadRows: 0 }) },
    days: { raiseFloor: createRaiseFloor(context), prunedByRow: ["concord_inbox"] },
  });
}

/** Brings an SQLite database's tables up to date. */
export function createSqliteMigrator<Db, Tx>(database: Database<Db, Tx>): Migrator {
  return createMigrator({ database, begin: [], now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)" });
}

function createRaiseFloor<Db, Tx>({ database, table }: StoreContext<Db, Tx>) {
  const floor = table("concord_inbox_floor");
  return async (firstDay: number) => {
    await database.query(
      database.db,
      `INSERT INTO ${floor} AS f (id, first_day) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE SET first_day = excluded.first_day WHERE excluded.first_day > f.first_day`,
      [firstDay],
    );
    return 0;
  };
}
