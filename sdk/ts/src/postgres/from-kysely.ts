import type { Database } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";
import { untilAborted } from "../sql/until-aborted.ts";
import { runInClient } from "./client-transaction.ts";
import { withTimeout } from "./from-pg.ts";
import { toPostgresError } from "./postgres-error.ts";

/** What is needed of Kysely's client and transactions, so that no version of it is imported. */
export interface KyselyHandle {
  withoutPlugins(): KyselyHandle;
  // biome-ignore lint/suspicious/noExplicitAny: Kysely's own type of a compiled query differs between its versions.
  executeQuery(query: any): Promise<{ readonly rows: unknown[] }>;
}

/** What is needed of a Kysely client. */
export interface KyselyClient extends KyselyHandle {
  transaction(): {
    // biome-ignore lint/suspicious/noExplicitAny: stands for the transaction's type, which KyselyTransaction reads.
    execute<Result>(run: (tx: any) => Promise<Result>): Promise<Result>;
  };
  destroy(): Promise<void>;
}

/** The transaction type of a Kysely client, `Transaction<Tables>`. */
export type KyselyTransaction<Client extends KyselyClient> = Parameters<
  Parameters<ReturnType<Client["transaction"]>["execute"]>[0]
>[0];

/**
 * Makes a service's database of a Kysely client on PostgreSQL. `tx` is Kysely's `Transaction` with the client's tables.
 * Kysely's plugins see the service's queries, not Concord's. Give it a pool of {@link guardPool}.
 */
export function fromKysely<Client extends KyselyClient>(
  kysely: Client,
  { probe }: { readonly probe?: Probe | undefined } = {},
): Database<Client, KyselyTransaction<Client>> {
  const query = async <Row>(handle: KyselyHandle, text: string, values: readonly unknown[] = []) => {
    try {
      return (await handle.withoutPlugins().executeQuery(toCompiled(text, values))).rows as Row[];
    } catch (thrown) {
      throw toPostgresError(thrown);
    }
  };
  const client = {
    begin: <Result>(run: (tx: KyselyTransaction<Client>) => Promise<Result>) => kysely.transaction().execute(run),
    execute: (tx: KyselyTransaction<Client>, text: string) => query(tx, text),
  };

  return {
    dialect: "postgres",
    db: kysely,
    transaction: (run, options) => runInClient(client, run, withTimeout(options, probe)),
    query,
    ping: async (signal) => {
      await untilAborted(query(kysely, "SELECT 1"), signal);
    },
    close: () => kysely.destroy(),
  };
}

/** A compiled query as Kysely's `CompiledQuery.raw` makes it. */
function toCompiled(sql: string, parameters: readonly unknown[]): unknown {
  return {
    sql,
    parameters,
    query: { kind: "RawNode", sqlFragments: [sql], parameters: [] },
    queryId: { queryId: "concord" },
  };
}
