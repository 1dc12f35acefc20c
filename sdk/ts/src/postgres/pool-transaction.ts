import type { Pool, PoolClient } from "pg";
import type { TransactionOptions } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";
import { untilAborted } from "../sql/until-aborted.ts";
import { toPostgresError } from "./postgres-error.ts";

/** A transaction that begins when it must. */
export interface Begun<Target> {
  /** Where its statements go. */
  readonly target: Target;
  /** Whether the server has heard of it and not ended it. */
  isOpen(): boolean;
  /** Whether the commit is on its way. */
  isCommitting(): boolean;
}

/** Begins a transaction on a connection, with these statements. */
export type Begin<Target> = (client: PoolClient, texts: readonly string[]) => Promise<Begun<Target>>;

/** Begins at once: for functions that use the pool's client as they like. */
export const beginNow: Begin<PoolClient> = async (client, texts) => {
  await client.query(texts.join("; "));
  return { target: client, isOpen: () => true, isCommitting: () => false };
};

/**
 * Runs a function in one transaction of a pool's connection. When the signal aborts while the function still runs, the
 * connection is closed rather than given back: the function may go on using it, and would write into a transaction of
 * somebody else.
 * @throws {ConcordError} `transaction_conflict`, `unavailable`, `failed_precondition`; and whatever `run` throws.
 */
export async function runInTransaction<Target, Result>(
  pool: Pool,
  begin: Begin<Target>,
  run: (target: Target) => Promise<Result>,
  { signal, idleTimeoutMs }: TransactionOptions = {},
): Promise<Result> {
  const client = await connect(pool, signal);
  let running: boolean | undefined;
  let broken = false;
  let begun: Begun<Target> | undefined;
  try {
    begun = await begin(client, toBegin(idleTimeoutMs));
    running = true;
    const settled = run(begun.target).finally(() => {
      running = false;
    });
    const result = await untilAborted(settled, signal).catch((thrown: unknown) => {
      // Nobody takes a commit back any more: its outcome is worth the wait.
      if (begun?.isCommitting()) return settled;
      throw thrown;
    });
    if (begun.isOpen()) await commit(client);
    return result;
  } catch (thrown) {
    broken = running === true || (begun?.isOpen() !== false && !(await rollBack(client)));
    throw toPostgresError(thrown);
  } finally {
    client.release(broken);
  }
}

/** `SET LOCAL` ends with the transaction, so that the connection goes back as it came. */
export function toIdleTimeout(idleTimeoutMs: number): string {
  return `SET LOCAL idle_in_transaction_session_timeout = ${Math.max(1, Math.ceil(idleTimeoutMs))}`;
}

function toBegin(idleTimeoutMs: number | undefined): readonly string[] {
  return idleTimeoutMs === undefined ? ["BEGIN"] : ["BEGIN", toIdleTimeout(idleTimeoutMs)];
}

/** A connection that comes when nobody waits for it any more goes back at once. */
async function connect(pool: Pool, signal: AbortSignal | undefined): Promise<PoolClient> {
  signal?.throwIfAborted();
  const connecting = pool.connect();
  try {
    return await untilAborted(connecting, signal);
  } catch (thrown) {
    connecting.then(
      (client) => client.release(),
      () => {},
    );
    throw toPostgresError(thrown);
  }
}

/** PostgreSQL answers `COMMIT` with `ROLLBACK`, and no error, when a statement before had failed. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query("COMMIT");
  if (command === "COMMIT") return;
  throw new ConcordError(
    "failed_precondition",
    "a statement of the transaction failed and its error was caught, so that all of it was rolled back; let the error " +
      "through, or use a savepoint",
  );
}

async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}
