import type { Pool, PoolClient } from "pg";
import type { Database, TransactionOptions } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";
import { untilAborted } from "../sql/until-aborted.ts";
import type { QueryTarget } from "./begin-with-first.ts";
import { guardPool } from "./guard-pool.ts";
import { beginNow, runInTransaction } from "./pool-transaction.ts";
import { toPostgresError } from "./postgres-error.ts";
import { createStatementNames } from "./statement-name.ts";

/** How a client is used. */
export interface PostgresClientOptions {
  /**
   * Whether Concord's own statements, and through {@link openPostgres} a service's writes, are prepared once per connection.
   * Default true; turn it off behind a pooler that shares connections between transactions and does not know prepared
   * statements.
   */
  readonly prepare?: boolean | undefined;
  readonly probe?: Probe | undefined;
}

/** Makes a service's database of a pool of pg. `tx` is the pool's client, `db` the pool itself. */
export function fromPg(pool: Pool, options: PostgresClientOptions = {}): Database<Pool, PoolClient> {
  const { probe } = options;
  guardPool(pool);

  return {
    dialect: "postgres",
    db: pool,
    maxConnections: pool.options.max,
    transaction: (run, transactionOptions) =>
      runInTransaction(pool, beginNow, run, withTimeout(transactionOptions, probe)),
    query: createQuery(options),
    ping: async (signal) => {
      await untilAborted(queryRows(pool, { text: "SELECT 1" }), signal);
    },
    close: () => pool.end(),
  };
}

/** Runs Concord's own statements, which are prepared once per connection. */
export function createQuery({ prepare = true }: PostgresClientOptions) {
  const nameOf = prepare ? createStatementNames() : () => undefined;
  return async <Row>(handle: QueryTarget, text: string, values?: readonly unknown[]): Promise<Row[]> => {
    const name = values === undefined ? undefined : nameOf(text);
    return queryRows<Row>(handle, { text, values, name });
  };
}

/** One statement as pg takes it. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
}

/**
 * Runs a statement and gives its rows.
 * @throws {ConcordError} where {@link toPostgresError} knows one.
 */
export async function queryRows<Row>(handle: QueryTarget, statement: Statement): Promise<Row[]> {
  const { text, values, name } = statement;
  try {
    const { rows } = await handle.query({ text, ...(values && { values: [...values] }), ...(name && { name }) });
    return rows as Row[];
  } catch (thrown) {
    throw toPostgresError(thrown);
  }
}

/** Takes the idle timeout away, for the proof that it is needed. */
export function withTimeout(
  options: TransactionOptions | undefined,
  probe: Probe | undefined,
): TransactionOptions | undefined {
  return probe?.without("no-idle-timeout") ? { signal: options?.signal } : options;
}
