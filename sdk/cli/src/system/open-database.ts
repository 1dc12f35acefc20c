import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Stores } from "@concord/sdk";
import type { CommandContext } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";

/** A service's database, opened for a look or a repair. Its tables are left as they are. */
export interface OpenedDatabase extends AsyncDisposable {
  readonly stores: Pick<Stores, "outbox" | "inbox" | "cursor">;
  /** The time by the database's own clock, in milliseconds since the epoch. */
  now(): Promise<number>;
}

/**
 * Opens the database that a URL names. Loads only the driver that it needs.
 * @throws {CommandError} `unreachable` where there is none, or a running service holds the file.
 */
export async function openDatabase(url: string, { cwd }: Pick<CommandContext, "cwd">): Promise<OpenedDatabase> {
  if (url.startsWith("sqlite:")) return openFile(resolve(cwd, url.slice("sqlite:".length)));
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new CommandError(exitCodes.wrongUse, "a database is postgres://… or sqlite:FILE");
  }
  const { createPostgresStores, openPostgres } = await import("@concord/sdk/postgres");
  const database = openPostgres(url, { maxConnections: 2 });
  try {
    const [row] = await database.query<{ now: string }>(
      database.db,
      "SELECT extract(epoch FROM now()) * 1000 AS now",
      [],
    );
    if (!row) throw new Error("no answer");
  } catch (error) {
    await database.close();
    const reason = (error as Error).message;
    throw new CommandError(exitCodes.unreachable, `the database does not answer: ${reason}`, { cause: error });
  }
  return {
    stores: createPostgresStores(database),
    now: async () => {
      const [row] = await database.query<{ now: string }>(
        database.db,
        "SELECT extract(epoch FROM now()) * 1000 AS now",
        [],
      );
      return Number(row!.now);
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** A missing file would be made, and then tell that nothing waits. */
async function openFile(path: string): Promise<OpenedDatabase> {
  if (!existsSync(path)) throw new CommandError(exitCodes.unreachable, `there is no database file ${path}`);
  const { createSqliteStores, openSqlite } = await import("@concord/sdk/sqlite");
  const database = openSqlite({ path });
  return {
    stores: createSqliteStores(database),
    now: async () => Date.now(),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
