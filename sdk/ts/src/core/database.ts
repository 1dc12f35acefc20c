/** The SQL dialects that Concord's tables exist in. */
export type Dialect = "postgres" | "sqlite";

/** The smallest database client: placeholders are `$1`, `$2`, … in both dialects. */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * A service's own database, with the user's own client types. `Db` is the client outside a transaction, `Tx` the one
 * inside.
 */
export interface Database<Db = Sql, Tx = Sql> {
  readonly dialect: Dialect;
  readonly db: Db;
  /** Connections that it opens at most, where its client tells. */
  readonly maxConnections?: number | undefined;
  /**
   * Runs a function in one transaction: commits when it resolves, rolls back when it throws.
   * @throws {ConcordError} `transaction_conflict` (the whole can be repeated), `unavailable`; and whatever `run` throws.
   */
  transaction<Result>(run: (tx: Tx) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  /** Runs one statement inside a transaction, or outside of any. */
  query<Row = Record<string, unknown>>(handle: Db | Tx, text: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs a statement inside a transaction and commits it in the same message; whatever comes after it is refused. Absent where
   * the client cannot do so.
   * @throws {ConcordError} `outside_transaction` for a transaction that has ended.
   */
  queryLast?<Row = Record<string, unknown>>(tx: Tx, text: string, values: readonly unknown[]): Promise<Row[]>;
  /** Resolves when the database answers. */
  ping(signal?: AbortSignal): Promise<void>;
  /** Waits for what is under way, then ends the connections. */
  close(): Promise<void>;
}

/** How one transaction runs. */
export interface TransactionOptions {
  readonly signal?: AbortSignal | undefined;
  /** The database frees the rows of a transaction that was idle this long, in milliseconds. Default: the database's. */
  readonly idleTimeoutMs?: number | undefined;
}
