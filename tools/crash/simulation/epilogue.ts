import { createSqliteStores } from "../../../sdk/ts/src/sqlite/index.ts";
import type { EventIdentity, History } from "../../../sdk/ts/src/testing/history/index.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import type { Job } from "../job.ts";
import { readHistory } from "../read-history.ts";
import type { Stage } from "./stage.ts";
import type { World } from "./world.ts";

/** What an epilogue has to do with. */
export interface EpilogueScope {
  readonly world: World;
  readonly stage: Stage;
  readonly random: SeededRandom;
  /** Draws more transactions. */
  readonly drawJobs: () => Job[];
  /** Resolves when all has come to rest again. */
  readonly settle: () => Promise<unknown>;
}

/** What an epilogue changes about the way that a history is judged. */
export type Judgement = Pick<History, "lostByBroker"> & {
  /** What the broker had before it lost it. */
  readonly former?: Pick<History, "dead" | "stored"> | undefined;
  /** The inbox has forgotten part of what it knew. */
  readonly isInboxShort?: boolean | undefined;
};

/** Something rare that happens once all has come to rest. */
export type Epilogue = (scope: EpilogueScope) => Promise<Judgement>;

/**
 * The broker loses its last messages and gives their sequences to others (traps T26, T40): positions that trusted the
 * sequence would pass over those.
 */
export const brokerLosesTail: Epilogue = async ({ world, stage, drawJobs, settle }) => {
  world.saveBroker();
  stage.play(drawJobs());
  await settle();
  const before = await readHistory(world);
  await world.restoreBroker();
  world.happened.push("broker lost its tail");
  world.noteDisturbance(10_000);
  const { stored = [] } = await readHistory(world);
  const kept = new Set(stored.map(nameOf));
  stage.play(drawJobs());
  await settle();
  return {
    lostByBroker: before.stored!.filter((message) => !kept.has(nameOf(message))),
    former: { dead: before.dead, stored: before.stored },
  };
};

const dayMs = 86_400_000;
/** How often positions of idle partitions are renewed, and a little more, in milliseconds. */
const touchMs = 11 * 60_000;

/** A day or more passes, the inbox forgets what is older than a week, and old events come once more (trap T8). */
export const daysPass: Epilogue = async ({ world, stage, random, settle, drawJobs }) => {
  // A process may die over it; with others that take its place, days would take too long.
  if (!(await stage.drain())) return {};
  await world.clock.sleep(random.pick([1, 8]) * dayMs);
  stage.open();
  await world.clock.sleep(touchMs);
  await createSqliteStores(world.database, { clock: world.clock }).inbox.prune(world.clock.now() - 7 * dayMs);
  await repeatSome(world, random);
  world.happened.push("days passed");
  stage.play(drawJobs());
  await settle();
  return { isInboxShort: true };
};

/** Stores messages once more, as a relay does that finds an old row. */
async function repeatSome({ broker }: World, random: SeededRandom): Promise<void> {
  for (const stream of ["evt-alpha", "evt-beta"]) {
    const state = await broker.streamState(stream);
    for (let sequence = 1n; sequence <= (state?.lastSequence ?? 0n); sequence++) {
      const message = await broker.get(stream, sequence);
      if (message && random.chance(0.3)) await broker.publish({ ...message, messageId: `again ${sequence}` });
    }
  }
}

function nameOf({ source, id }: EventIdentity): string {
  return `${source} ${id}`;
}
