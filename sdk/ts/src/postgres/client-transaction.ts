import type { TransactionOptions } from "../core/database.ts";
import { untilAborted } from "../sql/until-aborted.ts";
import { toIdleTimeout } from "./pool-transaction.ts";
import { toPostgresError } from "./postgres-error.ts";

/** A transaction of a query builder, which begins, commits and gives back the connection by itself. */
export interface ClientTransaction<Tx> {
  begin<Result>(run: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** Runs one statement in it. */
  execute(tx: Tx, text: string): Promise<unknown>;
  /** Called when the signal aborts while the function still runs and may go on using `tx`. */
  abandon?(tx: Tx): Promise<unknown>;
}

/**
 * Runs a function in a transaction of a query builder with what Concord promises of one.
 * @throws {ConcordError} `transaction_conflict`, `unavailable`, `failed_precondition`; and whatever `run` throws.
 */
export async function runInClient<Tx, Result>(
  client: ClientTransaction<Tx>,
  run: (tx: Tx) => Promise<Result>,
  { signal, idleTimeoutMs }: TransactionOptions = {},
): Promise<Result> {
  signal?.throwIfAborted();
  let failed = false;
  let failure: unknown;
  try {
    return await client.begin(async (tx) => {
      try {
        if (idleTimeoutMs !== undefined) await client.execute(tx, toIdleTimeout(idleTimeoutMs));
        const result = await runUntilAborted(client, tx, run, signal);
        // Fails where a statement failed before: PostgreSQL would answer COMMIT with ROLLBACK, and some clients hide that.
        await client.execute(tx, "SELECT 1");
        return result;
      } catch (thrown) {
        failed = true;
        failure = thrown;
        throw thrown;
      }
    });
  } catch (thrown) {
    // What failed first says more than a rollback that failed after it.
    throw toPostgresError(failed ? failure : thrown);
  }
}

async function runUntilAborted<Tx, Result>(
  client: ClientTransaction<Tx>,
  tx: Tx,
  run: (tx: Tx) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  let running = true;
  const settled = run(tx).finally(() => {
    running = false;
  });
  try {
    return await untilAborted(settled, signal);
  } catch (thrown) {
    if (running) await client.abandon?.(tx).catch(() => {});
    throw thrown;
  }
}
