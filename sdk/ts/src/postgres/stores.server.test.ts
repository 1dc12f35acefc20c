import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import type { Database } from "../core/database.ts";
import { createSqliteMigrator, openSqlite } from "../sqlite/index.ts";
import { type StoreBed, storeCompliance } from "../testing/compliance/stores.ts";
import { fromKysely } from "./from-kysely.ts";
import { fromPg } from "./from-pg.ts";
import { guardPool } from "./guard-pool.ts";
import { openPostgres } from "./open-postgres.ts";
import { createPostgresMigrator, createPostgresStores } from "./stores.ts";

let server: PostgresServer;
let url: string;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: "off" } });
  url = await server.createDatabase("stores");
});

afterAll(() => server?.stop());

storeCompliance({
  name: "PostgreSQL, in a schema of its own",
  concurrent: true,
  open: () => open((schema) => openPostgres(url, { schema }), true),
});

storeCompliance({
  name: "PostgreSQL, through pg without prepared statements",
  concurrent: true,
  open: () => open((schema) => fromPg(createPool(schema), { prepare: false })),
});

storeCompliance({
  name: "PostgreSQL, through Kysely with its plugin for names",
  concurrent: true,
  open: () =>
    open((schema) => {
      const dialect = new PostgresDialect({ pool: guardPool(createPool(schema)) });
      return fromKysely(new Kysely<unknown>({ dialect, plugins: [new CamelCasePlugin()] }));
    }),
});

function createPool(schema: string): Pool {
  return new Pool({ connectionString: url, options: `-c search_path=${schema}` });
}

/** Each test has a schema; `named` says whether the stores know of it or find it by the connection's search path. */
async function open<Db, Tx extends object>(
  connect: (schema: string) => Database<Db, Tx>,
  named = false,
): Promise<StoreBed<Db, Tx>> {
  const path = `test_${++schemas}`;
  const schema = named ? path : undefined;
  let database = connect(path);
  const query = <Row>(text: string, values?: readonly unknown[]) => database.query<Row>(database.db, text, values);
  await query(`CREATE SCHEMA ${path}`);
  return {
    get database() {
      return database;
    },
    createStores: (choice) => createPostgresStores(database, { schema, ...choice }),
    createMigrator: () => createPostgresMigrator(database, { schema }),
    passTime: async (delayMs) => {
      await query("UPDATE concord_outbox SET created_at_ms = created_at_ms - $1", [delayMs]);
      await query("UPDATE concord_parked SET due_at_ms = due_at_ms - $1 WHERE due_at_ms > 0", [delayMs]);
      await query("UPDATE concord_lease SET expires_at_ms = expires_at_ms - $1", [delayMs]);
      await query("UPDATE concord_lease_member SET expires_at_ms = expires_at_ms - $1", [delayMs]);
      await query("UPDATE concord_idempotency SET expires_at_ms = expires_at_ms - $1", [delayMs]);
    },
    setNextId: async (id) => {
      await query("SELECT setval('concord_outbox_id_seq', $1, false)", [id]);
    },
    untilWaiting: (transactions) => untilWaiting(query, transactions),
    reopen: async () => {
      await database.close();
      database = connect(path);
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

async function untilWaiting(
  query: <Row>(text: string) => Promise<Row[]>,
  transactions: number,
  deadlineMs = Date.now() + 20_000,
): Promise<void> {
  const [row] = await query<{ count: string }>(
    "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  if (Number(row?.count) >= transactions) return;
  if (Date.now() > deadlineMs) throw new Error(`${row?.count} instead of ${transactions} transactions wait`);
  return untilWaiting(query, transactions, deadlineMs);
}

describe("a schema", () => {
  it("is made by replicas that start together, and holds all tables", async () => {
    const replicas = Array.from({ length: 8 }, () => openPostgres(url, { schema: "together" }));
    const ran = await Promise.all(
      replicas.map((each) => createPostgresMigrator(each, { schema: "together" }).migrate()),
    );
    expect(ran.flat().sort()).toEqual(["0001_stores.sql", "0002_idempotency.sql"]);
    const tables = await replicas[0]!.db.query<{ schema: string }>(
      "SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE tablename LIKE 'concord%' AND schemaname IN ('together', 'public')",
    );
    expect(tables).toEqual([{ schema: "together" }]);
    await Promise.all(replicas.map((each) => each.close()));
  });
});

describe("the tables", () => {
  it("have the same names and columns as on SQLite", async () => {
    const postgres = openPostgres(url, { schema: "columns" });
    const sqlite = openSqlite({ path: ":memory:", durable: false });
    await createPostgresMigrator(postgres, { schema: "columns" }).migrate();
    await createSqliteMigrator(sqlite).migrate();
    const here = await postgres.db.query(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'columns' AND table_name NOT IN ('concord_inbox_default', 'concord_inbox_timeless')`,
    );
    const there = await sqlite.db.query(
      `SELECT t.name || '.' || c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name LIKE 'concord%'`,
    );
    const names = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row.name).sort();
    expect(names(here)).toEqual(names(there));
    expect(here.length).toBeGreaterThan(60);
    await Promise.all([postgres.close(), sqlite.close()]);
  });
});
