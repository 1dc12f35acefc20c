import { AsyncLocalStorage } from "node:async_hooks";
import type { Sql, TransactionOptions } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";
import { untilAborted } from "../sql/until-aborted.ts";
import type { SqliteConnection } from "./connection.ts";
import type { DiskSync } from "./disk-sync.ts";
import { createMutex } from "./mutex.ts";

/** The one connection that writes to a file, shared by whoever waits for it. */
export interface SqliteWriter {
  /** Runs a function in one transaction, after those that asked before. */
  transaction<Result>(run: (tx: Sql) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  /** Runs one statement as a transaction of its own. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Waits for the transaction under way, then lets nobody in any more. */
  close(): Promise<void>;
}

/** What the code inside a transaction is known by, also after its end. */
interface Scope {
  ended: boolean;
}

/** What a writer works with. */
export interface WriterOptions {
  readonly disk: DiskSync;
  /** Takes the mutex away, for the proof that it is needed. */
  readonly unguarded?: boolean | undefined;
}

/**
 * Guards a connection by a mutex: no statement reaches it but in its turn (trap T39). The turn ends with the commit; the
 * caller learns of it when it is on the disk.
 */
export function createWriter(connection: SqliteConnection, { disk, unguarded = false }: WriterOptions): SqliteWriter {
  const mutex = createMutex();
  const inside = new AsyncLocalStorage<Scope>();
  let closed = false;

  const enter = async (signal?: AbortSignal): Promise<() => void> => {
    if (inside.getStore()?.ended === false) throw nested();
    const leave = unguarded ? () => {} : await mutex.acquire(signal);
    if (!closed) return leave;
    leave();
    throw new ConcordError("unavailable", "the database was closed");
  };

  const runInTurn: SqliteWriter["transaction"] = async (run, { signal } = {}) => {
    const leave = await enter(signal);
    const scope: Scope = { ended: false };
    try {
      if (!connection.inTransaction) connection.run("BEGIN IMMEDIATE");
      const running = inside.run(scope, () => run(createTx(connection, scope)));
      const result = await untilAborted(running, signal);
      commit(connection);
      disk.note();
      return result;
    } finally {
      scope.ended = true;
      if (connection.inTransaction) connection.run("ROLLBACK");
      leave();
    }
  };
  const queryInTurn = async <Row>(text: string, values?: readonly unknown[]) => {
    const leave = await enter();
    try {
      const rows = connection.run<Row>(text, values);
      if (connection.inTransaction && !unguarded) refuseBegin(connection);
      disk.note();
      return rows;
    } finally {
      leave();
    }
  };

  return {
    transaction: async (run, options) => {
      const result = await runInTurn(run, options);
      await disk.reach();
      return result;
    },
    query: async (text, values) => {
      const rows = await queryInTurn<never>(text, values);
      await disk.reach();
      return rows;
    },
    close: async () => {
      const leave = await mutex.acquire();
      closed = true;
      leave();
    },
  };
}

function createTx(connection: SqliteConnection, scope: Scope): Sql {
  return {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      if (scope.ended) {
        throw new ConcordError(
          "outside_transaction",
          "a statement came after its transaction had ended; await every query inside of it",
        );
      }
      checkOpen(connection);
      return connection.run<Row>(text, values);
    },
  };
}

function commit(connection: SqliteConnection): void {
  checkOpen(connection);
  connection.run("COMMIT");
}

/** SQLite itself rolls back on some faults (disk full); what follows would then commit alone, statement by statement. */
function checkOpen(connection: SqliteConnection): void {
  if (connection.inTransaction) return;
  throw new ConcordError("transaction_conflict", "the transaction was rolled back by a fault of an earlier statement");
}

function refuseBegin(connection: SqliteConnection): never {
  connection.run("ROLLBACK");
  throw new ConcordError("invalid_argument", "a transaction is begun with database.transaction, not by SQL");
}

function nested(): ConcordError {
  return new ConcordError(
    "failed_precondition",
    "a transaction is open here already and SQLite has one writer: use its tx instead of db and of a second transaction",
  );
}
