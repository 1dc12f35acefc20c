import type { Sql } from "../../../sdk/ts/src/core/database.ts";
import { ConcordError } from "../../../sdk/ts/src/core/error.ts";
import { createTransact } from "../../../sdk/ts/src/service/transactor.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { doJob, type Job } from "../job.ts";
import type { Replica } from "./replica.ts";
import type { World } from "./world.ts";

/** Transactions that producers have still to make. */
export interface JobQueue {
  readonly jobs: Job[];
  /** Replicas that are in the middle of one. */
  readonly busy: Set<Replica>;
}

/** Works off jobs in one process until none is left; the outcome of one that fails stays unknown, as it would be. */
export async function produce(
  world: World,
  replica: Replica,
  { jobs, busy }: JobQueue,
  random: SeededRandom,
): Promise<void> {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    busy.add(replica);
    await replica.clock.sleep(job.delayMs);
    try {
      await runJob(world, replica, job, random);
    } catch (error) {
      if (!(error instanceof ConcordError)) throw error;
    }
    busy.delete(replica);
  }
}

async function runJob({ contract, clock: world }: World, replica: Replica, job: Job, random: SeededRandom) {
  const { database, outboxes, clock } = replica;
  const surroundings = { clock, newId: () => "" };
  const outbox = outboxes[job.service];
  const parts = { database, outbox, surroundings, clock, random: random.next };
  const transact = createTransact(parts as unknown as Parameters<typeof createTransact>[0]);
  await transact(({ tx, publish }) => doJob(job, { contract, tx: tx as Sql, publish, now: world.now }));
}
