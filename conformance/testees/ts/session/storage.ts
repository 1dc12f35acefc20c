import { fileURLToPath } from "node:url";
import type { Clock, Database, Probe, Sql, Stores } from "@concord/sdk";

/** A service's database with Concord's tables and those of the suite. */
export interface Storage {
  readonly database: Database<Sql, Sql>;
  readonly stores: Stores<Sql>;
}

/** Connections beyond one for each handler. */
const maxConnections = 20;

/** Opens the database that a case names and brings its tables up to date; undefined when it names none. */
export async function openStorage(url: string, clock: Clock, probe: Probe): Promise<Storage | undefined> {
  if (url === "") return undefined;
  const storage = url.startsWith("file:") ? await openFile(url, clock, probe) : await openServer(url, clock, probe);
  await makeSuiteTables(storage.database);
  return storage;
}

async function openFile(url: string, clock: Clock, probe: Probe): Promise<Storage> {
  const { createSqliteMigrator, createSqliteStores, openSqlite } = await import("@concord/sdk/sqlite");
  const database = openSqlite({ path: fileURLToPath(url), probe });
  await createSqliteMigrator(database).migrate();
  return { database, stores: createSqliteStores(database, { clock, probe }) };
}

async function openServer(url: string, clock: Clock, probe: Probe): Promise<Storage> {
  const { createPostgresMigrator, createPostgresStores, openPostgres } = await import("@concord/sdk/postgres");
  const database = openPostgres(url, { maxConnections, probe });
  await createPostgresMigrator(database).migrate();
  return { database, stores: createPostgresStores(database, { clock, probe }) as Stores<Sql> };
}

/** The tables that the runner reads, see the suite's README. */
async function makeSuiteTables(database: Database<Sql, Sql>): Promise<void> {
  const seq = database.dialect === "sqlite" ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL PRIMARY KEY";
  const columns = "source TEXT NOT NULL, id TEXT NOT NULL, key TEXT, n INTEGER NOT NULL";
  await createTable(database, `cf_effects (seq ${seq}, service TEXT NOT NULL, ${columns})`);
  await createTable(database, `cf_commits (seq ${seq}, ${columns})`);
}

/** PostgreSQL refuses one of two that create the same table at once, `IF NOT EXISTS` or not; the other has made it. */
async function createTable(database: Database<Sql, Sql>, definition: string): Promise<void> {
  const text = `CREATE TABLE IF NOT EXISTS ${definition}`;
  await database.query(database.db, text).catch(() => database.query(database.db, text));
}
