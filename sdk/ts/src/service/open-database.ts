import { existsSync } from "node:fs";
import type { Clock } from "../core/clock.ts";
import type { Database, Dialect } from "../core/database.ts";
import type { Log } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import type { Migrator, Stores } from "../core/store/stores.ts";
import type { ServiceConfig } from "./config.ts";
import type { ServiceOptions } from "./definition.ts";
import { spareConnections } from "./lint-database.ts";

type AnyDatabase = Database<unknown, unknown>;

/** Opens the database that a URL names, with the service's own client where it brings one. Drivers are loaded here. */
export async function openDatabase(
  options: ServiceOptions<unknown, unknown>,
  { databaseUrl, concurrency }: ServiceConfig,
): Promise<AnyDatabase> {
  if (options.database) return options.database(databaseUrl);
  if (databaseUrl.startsWith("sqlite:")) {
    const { openSqlite } = await import("../sqlite/index.ts");
    return openSqlite({ path: databaseUrl }) as unknown as AnyDatabase;
  }
  const { openPostgres } = await import("../postgres/index.ts");
  return openPostgres(databaseUrl, { maxConnections: concurrency + spareConnections }) as unknown as AnyDatabase;
}

/** How {@link openStores} brings the tables up to date. */
export interface StoresOptions {
  /** The service's own migrations. */
  readonly folder: URL | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe: Probe | undefined;
}

/**
 * Migrates a database and gives Concord's tables in it.
 * @throws {ConcordError} `migration`
 */
export async function openStores(database: AnyDatabase, { folder, clock, log, probe }: StoresOptions): Promise<Stores> {
  const { stores, migrator } = await loadStores(database, { clock, probe });
  const migrated = await migrator.migrate({ folder: migrationFolder(folder, database.dialect) });
  if (migrated.length > 0) log.info({ migrations: migrated }, "database migrated");
  return stores;
}

async function loadStores(
  database: AnyDatabase,
  options: { readonly clock: Clock; readonly probe: Probe | undefined },
): Promise<{ stores: Stores; migrator: Migrator }> {
  if (database.dialect === "sqlite") {
    const { createSqliteMigrator, createSqliteStores } = await import("../sqlite/index.ts");
    return { stores: createSqliteStores(database, options), migrator: createSqliteMigrator(database) };
  }
  const { createPostgresMigrator, createPostgresStores } = await import("../postgres/index.ts");
  return {
    stores: createPostgresStores(database as Database<unknown, object>, options),
    migrator: createPostgresMigrator(database),
  };
}

/** The folder of a service's own migrations: the subfolder of the dialect where there is one, else the folder itself. */
function migrationFolder(folder: URL | undefined, dialect: Dialect): URL | undefined {
  if (!folder) return undefined;
  const own = new URL(`${dialect}/`, folder);
  return existsSync(own) ? own : folder;
}
