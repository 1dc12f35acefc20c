import { Logger, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { guardPool } from "../../sdk/ts/src/postgres/index.ts";
import type { Forward, Queue } from "./queue.ts";

const task = "credited";
const concurrency = 64;
const logger = new Logger(() => () => {});

interface Payload {
  readonly account: string;
  readonly body: string;
}

const body = Buffer.alloc(512, 7).toString("base64");

/** Opens https://worker.graphile.org with what its performance page advises for throughput. */
export async function openGraphileWorker(databaseUrl: string, forward: Forward): Promise<Queue> {
  await runMigrations({ connectionString: databaseUrl, logger });
  const pool = guardPool(new pg.Pool({ connectionString: databaseUrl, max: 20 }));
  return {
    name: "graphile-worker",
    add: (tx, account) =>
      tx.query("SELECT graphile_worker.add_job($1, $2::json)", [task, JSON.stringify({ account, body })]),
    async fill(count) {
      const text = `SELECT count(graphile_worker.add_job($1, json_build_object('account', 'account-' || n, 'body', $2::text)))
        FROM generate_series(1, $3::int) n`;
      await pool.query(text, [task, body, count]);
    },
    async drain(count) {
      let left = count;
      const done = Promise.withResolvers<void>();
      const runner = await run({
        pgPool: pool,
        logger,
        concurrency,
        noHandleSignals: true,
        preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0 } },
        taskList: {
          [task]: async (payload, { job }) => {
            await forward(job.id, Buffer.from((payload as Payload).body, "base64"));
            if (--left === 0) done.resolve();
          },
        },
      });
      await done.promise;
      await runner.stop();
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
