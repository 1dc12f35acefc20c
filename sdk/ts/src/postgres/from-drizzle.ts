import type { Pool } from "pg";
import type { Database } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";
import { untilAborted } from "../sql/until-aborted.ts";
import { type ClientTransaction, runInClient } from "./client-transaction.ts";
import { withTimeout } from "./from-pg.ts";
import { guardPool } from "./guard-pool.ts";
import { toPostgresError } from "./postgres-error.ts";

/** What is needed of Drizzle's client and transactions, so that no version of it is imported. */
export interface DrizzleHandle {
  // biome-ignore lint/suspicious/noExplicitAny: Drizzle's own type of a query differs between its versions.
  execute(query: any): PromiseLike<unknown>;
}

/** What is needed of a Drizzle client on node-postgres. */
export interface DrizzleClient extends DrizzleHandle {
  // biome-ignore lint/suspicious/noExplicitAny: stands for the transaction's type, which DrizzleTransaction reads.
  transaction<Result>(run: (tx: any) => Promise<Result>): Promise<Result>;
  /** The pool that it was made with. */
  readonly $client: Pool;
}

/** The transaction type of a Drizzle client. */
export type DrizzleTransaction<Client extends DrizzleClient> = Parameters<Parameters<Client["transaction"]>[0]>[0];

/** Makes a service's database of a Drizzle client on a pool of pg. `tx` is Drizzle's transaction with the client's schema. */
export function fromDrizzle<Client extends DrizzleClient>(
  drizzle: Client,
  { probe }: { readonly probe?: Probe | undefined } = {},
): Database<Client, DrizzleTransaction<Client>> {
  guardPool(drizzle.$client);
  const query = async <Row>(handle: DrizzleHandle, text: string, values: readonly unknown[] = []) => {
    try {
      return toRows<Row>(await handle.execute(toSql(text, values)));
    } catch (thrown) {
      throw toPostgresError(thrown);
    }
  };
  const client: ClientTransaction<DrizzleTransaction<Client>> = {
    begin: (run) => drizzle.transaction(run),
    execute: (tx, text) => query(tx, text),
    // Drizzle gives the connection back while the function may still use it: better that it is gone.
    abandon: (tx) => query(tx, "SELECT pg_terminate_backend(pg_backend_pid())"),
  };

  return {
    dialect: "postgres",
    db: drizzle,
    transaction: (run, options) => runInClient(client, run, withTimeout(options, probe)),
    query,
    ping: async (signal) => {
      await untilAborted(query(drizzle, "SELECT 1"), signal);
    },
    close: () => drizzle.$client.end(),
  };
}

/**
 * A ready query in the form that Drizzle asks anything for its SQL. Its own `sql` tag numbers placeholders by where they
 * stand, so that `$1` could not be used twice. Bigints go as text, because its tracing writes values as JSON.
 */
function toSql(sql: string, values: readonly unknown[]): unknown {
  const params = values.map((value) => (typeof value === "bigint" ? String(value) : value));
  return { getSQL: () => ({ toQuery: () => ({ sql, params }) }) };
}

function toRows<Row>(result: unknown): Row[] {
  return (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as Row[];
}
