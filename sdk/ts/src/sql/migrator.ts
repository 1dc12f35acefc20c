import type { Database } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";
import type { Migrator } from "../core/store/stores.ts";
import { findOwnFolder, type Migration, readMigrations } from "./migration-files.ts";
import { splitStatements } from "./split-statements.ts";

/** What runs migrations. */
export interface MigratorOptions<Db, Tx> {
  readonly database: Database<Db, Tx>;
  /** Statements that open every migration's transaction: locks, the schema. */
  readonly begin: readonly string[];
  /** Milliseconds since the epoch, as SQL. */
  readonly now: string;
}

interface LedgerRow {
  readonly origin: string;
  readonly name: string;
  readonly checksum: string;
}

/** The one table that no migration makes: every language makes it like this. */
const createLedger = `CREATE TABLE IF NOT EXISTS concord_migration (
  origin text NOT NULL, name text NOT NULL, checksum text NOT NULL, applied_at_ms bigint NOT NULL,
  PRIMARY KEY (origin, name))`;

/**
 * Runs numbered SQL files, each in a transaction of its own together with its row in `concord_migration`. Several processes
 * may do so at once: every transaction takes the lock of `begin` first and looks again at what is left to do.
 */
export function createMigrator<Db, Tx>(options: MigratorOptions<Db, Tx>): Migrator {
  return {
    migrate: async ({ folder, signal } = {}) => {
      const wanted = [
        ...(await readMigrations("concord", findOwnFolder(options.database.dialect))),
        ...(folder === undefined ? [] : await readMigrations("service", folder)),
      ];
      const origins = new Set(folder === undefined ? ["concord"] : ["concord", "service"]);
      const ran: string[] = [];
      for (;;) {
        signal?.throwIfAborted();
        const name = await options.database.transaction((tx) => runNext(options, tx, wanted, origins), { signal });
        if (name === undefined) return ran;
        ran.push(name);
      }
    },
  };
}

/** Runs the first migration that has not run yet and gives its name. */
async function runNext<Db, Tx>(
  options: MigratorOptions<Db, Tx>,
  tx: Tx,
  wanted: readonly Migration[],
  origins: ReadonlySet<string>,
): Promise<string | undefined> {
  const { database, begin, now } = options;
  for (const text of begin) await database.query(tx, text);
  await database.query(tx, createLedger);
  const ledger = await database.query<LedgerRow>(
    tx,
    "SELECT origin, name, checksum FROM concord_migration ORDER BY name",
  );
  const next = findNext(
    wanted,
    ledger.filter((row) => origins.has(row.origin)),
  );
  if (next === undefined) return undefined;
  await runStatements(database, tx, next);
  await database.query(
    tx,
    `INSERT INTO concord_migration (origin, name, checksum, applied_at_ms) VALUES ($1, $2, $3, ${now})`,
    [next.origin, next.name, next.checksum],
  );
  return next.name;
}

async function runStatements<Db, Tx>(database: Database<Db, Tx>, tx: Tx, { name, sql }: Migration): Promise<void> {
  for (const text of splitStatements(sql)) {
    try {
      await database.query(tx, text);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : "unknown fault";
      throw new ConcordError("migration", `migration ${name} failed and changed nothing: ${reason}`, { cause });
    }
  }
}

/** Compares files with what ran. Nothing is run unless both agree in all that ran. */
function findNext(wanted: readonly Migration[], ledger: readonly LedgerRow[]): Migration | undefined {
  const ran = new Map(ledger.map((row) => [`${row.origin}/${row.name}`, row]));
  const last = new Map<string, string>();
  for (const { origin, name, checksum } of ledger) {
    const file = wanted.find((migration) => migration.origin === origin && migration.name === name);
    if (file === undefined) {
      throw new ConcordError(
        "migration",
        `the database ran ${name} of ${origin}, which is unknown here: it is newer, or another service's; deploy the version that has it`,
      );
    }
    if (file.checksum !== checksum) {
      throw new ConcordError(
        "migration",
        `${name} of ${origin} was changed after it ran; restore it and add a new file`,
      );
    }
    last.set(origin, name);
  }
  const next = wanted.filter(({ origin, name }) => !ran.has(`${origin}/${name}`));
  const late = next.find(({ origin, name }) => name < (last.get(origin) ?? ""));
  if (late === undefined) return next[0];
  throw new ConcordError(
    "migration",
    `${late.name} of ${late.origin} comes before ${last.get(late.origin)}, which ran already; give it a higher number`,
  );
}
