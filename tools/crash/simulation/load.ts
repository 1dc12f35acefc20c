import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConcordError } from "../../../sdk/ts/src/core/error.ts";
import type { Publish } from "../../../sdk/ts/src/core/handler.ts";
import { createTransact } from "../../../sdk/ts/src/service/transactor.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { drawFate, type Fate, fateText, mayDie } from "../fate.ts";
import { recordCommit } from "../ledger.ts";
import type { Replica } from "./replica.ts";
import type { World } from "./world.ts";

/** One event to publish. */
export interface Publication {
  readonly account: string | undefined;
  /** Only deposits. */
  readonly operation: string | undefined;
  readonly fate: Fate;
}

/** One transaction of a producer. */
export interface Job {
  readonly service: "alpha" | "beta";
  readonly delayMs: number;
  readonly publications: readonly Publication[];
  /** Ends with a failure of its own, so nothing may come of it. */
  readonly rollsBack: boolean;
}

/** Draws the transactions of a run. */
export function drawJobs(random: SeededRandom): Job[] {
  const accounts = Array.from({ length: random.between(1, 4) }, (_, index) => `account ${index}`);
  return Array.from({ length: random.between(4, 10) }, () => {
    const service = random.pick(["alpha", "alpha", "beta"] as const);
    return {
      service,
      delayMs: random.pick([0, 0, 1, 30, 200, 1_000]),
      publications: Array.from({ length: random.between(1, 3) }, () => drawPublication(random, service, accounts)),
      rollsBack: random.chance(0.1),
    };
  });
}

function drawPublication(random: SeededRandom, service: Job["service"], accounts: readonly string[]): Publication {
  const fate = drawFate(random);
  if (service === "beta") {
    return { account: random.pick(accounts), operation: `operation ${random.below(30)}`, fate };
  }
  return { account: random.chance(0.85) ? random.pick(accounts) : undefined, operation: undefined, fate };
}

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

async function runJob(world: World, replica: Replica, job: Job, random: SeededRandom): Promise<void> {
  const { database, outboxes, clock } = replica;
  const transact = createTransact({
    database,
    outbox: outboxes[job.service],
    surroundings: { clock, newId: () => "" },
    clock,
    random: random.next,
  } as Parameters<typeof createTransact>[0]);
  await transact(async ({ tx, publish }) => {
    for (const publication of job.publications) {
      const commit = await publishOne(world, publish, job.service, publication);
      await recordCommit(tx as never, commit);
    }
    if (job.rollsBack) throw new ConcordError("failed_precondition", "the business says no");
  });
}

async function publishOne(
  { contract, clock }: World,
  publish: Publish,
  service: Job["service"],
  { account, operation, fate }: Publication,
) {
  const schema = service === "alpha" ? contract.step : contract.deposit;
  const init = { account, operation, fate: fateText(fate) } as MessageInitShape<typeof schema>;
  const { id } = await publish(schema, init);
  return {
    source: `/proof/${service}`,
    id,
    type: schema.typeName,
    key: account,
    operation,
    mayDie: mayDie(fate),
    atMs: clock.now(),
  };
}
