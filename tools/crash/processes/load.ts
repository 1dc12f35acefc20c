import { createRpcClient } from "../../../sdk/ts/src/rpc/index.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import type { ProofContract } from "../contract/contract.ts";
import { drawJobs, type Job } from "../job.ts";
import type { Cast } from "./cast.ts";
import { pause } from "./stage.ts";

/** Callers at a time, so that transactions meet. */
const callers = 8;
const delaysMs = [0, 5, 50, 200];
/** A process that dies takes seconds to be followed by another. */
const fates = { laterMs: [20, 300, 800], killers: 0.001, refused: 0, maxThrows: 2 };

/** Draws what the producers of a run are asked for. */
export function drawLoad(random: SeededRandom): Job[] {
  const [count, accounts] = [random.between(20, 40), random.pick([1, 3, 12, 40])];
  return drawJobs(random, { count, accounts, delaysMs, fates });
}

/** Calls the producers; what becomes of a call that fails nobody knows, as in life. */
export async function load(cast: Cast, contract: ProofContract, jobs: readonly Job[]): Promise<void> {
  const queue = [...jobs];
  await cast.ready();
  await Promise.all(Array.from({ length: callers }, () => callOneByOne(cast, contract, queue)));
}

async function callOneByOne(cast: Cast, contract: ProofContract, jobs: Job[]): Promise<void> {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    await pause(job.delayMs);
    let urls = cast.urls();
    for (let waits = 0; urls === undefined && waits < 50; waits++) {
      await pause(100);
      urls = cast.urls();
    }
    if (urls) await call(contract, job, urls[job.service]);
  }
}

interface Producer {
  produce(request: { readonly job: string }, options: { readonly timeoutMs: number }): Promise<unknown>;
}

async function call(contract: ProofContract, job: Job, url: string): Promise<void> {
  const client = createRpcClient(contract[job.service], { url }) as unknown as Producer;
  await client.produce({ job: JSON.stringify(job) }, { timeoutMs: 3_000 }).catch(() => {});
}
