import { Pool, types } from "pg";
import type { Database, Sql } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";
import { beginWithFirst, type QueryTarget, type TransactionTarget } from "./begin-with-first.ts";
import { createQuery, fromPg, type PostgresClientOptions, queryRows, withTimeout } from "./from-pg.ts";
import { runInTransaction } from "./pool-transaction.ts";
import { checkSchema } from "./schema.ts";
import { createWriteNames } from "./statement-name.ts";

/** How a server is connected to. */
export interface PostgresOptions extends PostgresClientOptions {
  /** First schema of the search path, for Concord's tables and the service's own. Default: the user's. */
  readonly schema?: string | undefined;
  /** Most connections. Default 20: the default concurrency of 16 handlers, and some for reads, relay and leases. */
  readonly maxConnections?: number | undefined;
  /** How long to wait for a connection, in milliseconds. Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
}

/**
 * Connects to PostgreSQL with a pool of its own. `db` and `tx` are the small {@link Sql}, the same as on SQLite: `bigint`
 * columns come back as numbers, beyond 2^53 as bigint. Nothing is connected before the first statement.
 * @throws {ConcordError} `config` for a schema that is no plain name.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): Database<Sql, Sql> {
  const pool = createPool(url, options);
  const database = fromPg(pool, options);
  const query = createQuery(options);
  const targets = new WeakMap<Sql, QueryTarget>();
  const nameOf = options.prepare === false ? () => undefined : createWriteNames();
  const db = createSql(pool, { nameOf, isEnded: () => false });
  targets.set(db, pool);
  const closings = new WeakMap<Sql, QueryTarget>();

  return {
    ...database,
    db,
    transaction: (run, transactionOptions) =>
      runInTransaction(
        pool,
        beginWithFirst,
        async (target) => {
          let ended = false;
          const tx = createSql(target, { nameOf, isEnded: () => ended });
          targets.set(tx, target);
          closings.set(tx, toLast(target));
          try {
            return await run(tx);
          } finally {
            ended = true;
          }
        },
        withTimeout(transactionOptions, options.probe),
      ),
    query: (handle, text, values) => query(targets.get(handle) ?? pool, text, values),
    queryLast: (tx, text, values) => query(closings.get(tx)!, text, values),
  };
}

function toLast(target: TransactionTarget): QueryTarget {
  return { query: target.queryLast };
}

function createPool(url: string, { schema, maxConnections = 20, connectTimeoutMs = 5_000 }: PostgresOptions): Pool {
  return new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: "concord",
    types: { getTypeParser: getTypeParser as typeof types.getTypeParser },
    ...(schema !== undefined && { options: `-c search_path=${checkSchema(schema)},public` }),
  });
}

interface SqlParts {
  readonly nameOf: (text: string) => string | undefined;
  readonly isEnded: () => boolean;
}

function createSql(target: QueryTarget, { nameOf, isEnded }: SqlParts): Sql {
  return {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      if (!isEnded()) return queryRows<Row>(target, { text, values, name: values && nameOf(text) });
      throw new ConcordError(
        "outside_transaction",
        "a statement came after its transaction had ended; await every query inside of it",
      );
    },
  };
}

function getTypeParser(oid: number, format?: "text" | "binary"): unknown {
  return oid === types.builtins.INT8 && format !== "binary" ? toInteger : types.getTypeParser(oid, format as "text");
}

function toInteger(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
