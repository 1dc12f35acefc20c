import pg from "pg";
import { type CaseDatabase, cell, checkedName } from "./case-database.ts";

const { escapeIdentifier, escapeLiteral } = pg;

/** Runs statements on one database, one connection for each. */
async function run(url: string, sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, types: texts });
  client.on("error", () => {});
  await client.connect();
  try {
    return await client.query(sql, [...values]);
  } finally {
    await client.end().catch(() => {});
  }
}

const bytea = 17;
/** Everything but bytes stays the text that the server sends. */
const texts = {
  getTypeParser: (type: number, format?: "text" | "binary") =>
    type === bytea ? pg.types.getTypeParser(bytea, format as "text") : (text: string) => text,
} as unknown as pg.CustomTypesConfig;

/** Creates an empty database on a server. `adminUrl` is that of the server's own database. */
export async function createPostgresDatabase(adminUrl: string, name: string): Promise<CaseDatabase> {
  const quoted = escapeIdentifier(name);
  await run(adminUrl, `CREATE DATABASE ${quoted} TEMPLATE template0`);
  const url = adminUrl.replace(/[^/]+$/, encodeURIComponent(name));
  let held: pg.Client | undefined;
  const disconnect = async () => {
    const others = `datname = ${escapeLiteral(name)} AND pid <> pg_backend_pid()`;
    await run(adminUrl, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);
  };
  const replace = async (from: string, to: string) => {
    await disconnect();
    await run(adminUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(to)} WITH (FORCE)`);
    await run(adminUrl, `CREATE DATABASE ${escapeIdentifier(to)} TEMPLATE ${escapeIdentifier(from)}`);
  };
  return {
    dialect: "postgres",
    url,
    port: Number(new URL(adminUrl).port),
    rows: (table) => readRows(url, checkedName(table)),
    async execute(sql, values) {
      let index = 0;
      await run(
        url,
        sql.replace(/\?/g, () => `$${++index}`),
        values,
      );
    },
    async stop() {
      await run(adminUrl, `ALTER DATABASE ${quoted} ALLOW_CONNECTIONS false`);
      await disconnect();
    },
    start: async () => void (await run(adminUrl, `ALTER DATABASE ${quoted} ALLOW_CONNECTIONS true`)),
    snapshot: () => replace(name, `${name}_snapshot`),
    restore: () => replace(`${name}_snapshot`, name),
    async holdTransaction(key) {
      held = new pg.Client({ connectionString: url });
      held.on("error", () => {});
      await held.connect();
      await held.query("BEGIN");
      // Only a transaction that wrote something has an id, which holds back every horizon.
      if (key === undefined) await held.query("CREATE TABLE cf_foreign (n integer)");
      else await held.query(holdKey, [key]);
    },
    async endTransaction() {
      await held?.end();
      held = undefined;
    },
    disconnect,
    async drop() {
      await held?.end().catch(() => {});
      for (const each of [name, `${name}_snapshot`]) {
        await run(adminUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(each)} WITH (FORCE)`);
      }
    },
  };
}

/** As every publisher does (sdk/migrations/README.md). */
const holdKey = `SELECT pg_advisory_xact_lock_shared(t::integer, (h & 255)::integer), pg_advisory_xact_lock(h)
  FROM (SELECT t, hashtextextended($1, t) AS h FROM (SELECT 'concord_outbox'::regclass::oid::bigint AS t) o) k`;

const undefinedTable = "42P01";

async function readRows(url: string, table: string) {
  const order = `SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum)) AS columns
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE i.indisprimary AND i.indrelid = to_regclass($1)`;
  try {
    const [key] = (await run(url, order, [table])).rows as { columns: string | null }[];
    const result = await run(url, `SELECT * FROM ${table} ORDER BY ${key?.columns ?? 1}`);
    return result.rows.map((row: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)])),
    );
  } catch (error) {
    if ((error as { code?: string }).code === undefinedTable) return [];
    throw error;
  }
}
