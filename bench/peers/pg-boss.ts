import PgBoss from "pg-boss";
import type { Sql } from "../../sdk/ts/src/core/database.ts";
import { sideBySide } from "../stopwatch.ts";
import type { Forward, Queue } from "./queue.ts";

const queue = "credited";
const batchSize = 1_000;

/** The message's bytes in JSON, which jobs are. */
interface Job {
  readonly account: string;
  readonly body: string;
}

const body = Buffer.alloc(512, 7);

/** Opens https://github.com/timgit/pg-boss. Its workers poll; here the next batch is fetched at once, which is its best. */
export async function openPgBoss(databaseUrl: string, forward: Forward): Promise<Queue> {
  const boss = new PgBoss({ connectionString: databaseUrl, schedule: false, supervise: false });
  boss.on("error", (error) => {
    throw error;
  });
  await boss.start();
  await boss.createQueue(queue);
  const jobOf = (account: string): Job => ({ account, body: body.toString("base64") });
  return {
    name: "pg-boss",
    add: (tx, account) => boss.send(queue, jobOf(account), { db: toDb(tx) }),
    async fill(count) {
      for (let from = 0; from < count; from += batchSize) {
        await boss.insert(
          Array.from({ length: batchSize }, (_, index) => ({ name: queue, data: jobOf(`account-${from + index}`) })),
        );
      }
    },
    async drain(count) {
      for (let done = 0; done < count; ) {
        const jobs = await boss.fetch<Job>(queue, { batchSize });
        await sideBySide(jobs.length, 256, (index) => forward(jobs[index]!.id, decode(jobs[index]!.data)));
        const ids = jobs.map(({ id }) => id);
        await boss.complete(queue, ids);
        done += jobs.length;
      }
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

function toDb(tx: Sql): PgBoss.Db {
  return { executeSql: async (text, values) => ({ rows: await tx.query(text, values) }) };
}

function decode(job: Job): Uint8Array {
  return Buffer.from(job.body, "base64");
}
