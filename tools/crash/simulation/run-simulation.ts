import { checkHistory, type History } from "../../../sdk/ts/src/testing/history/index.ts";
import { createSeededRandom, type SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { excuseDeaths } from "../excused-deaths.ts";
import { drawJobs, type Job } from "../job.ts";
import { readHistory } from "../read-history.ts";
import type { RunOptions, RunResult } from "../runner.ts";
import { findUnfinished } from "../settled.ts";
import { drawAccidents } from "./accidents.ts";
import { brokerLosesTail, daysPass, type Epilogue, type Judgement } from "./epilogue.ts";
import { operate } from "./operate.ts";
import type { JobQueue } from "./produce.ts";
import type { ReplicaSettings } from "./replica.ts";
import { createStage, places, type Stage } from "./stage.ts";
import { openWorld, type World, type WorldParts } from "./world.ts";

/** One run in memory. */
export interface SimulationOptions extends RunOptions {
  readonly parts: WorldParts;
}

/** What no key waits longer than while only others fail, in milliseconds. */
const waitBoundMs = 8_000;

/** Time that a run gets to come to rest, in milliseconds of its own: an event that kills its process kills many of them. */
const settleMs = 180_000;

/**
 * Runs producers, relays and consumers in memory, through everything that a seed has in store for them, until all has come
 * to rest, and checks the history. The parts are the real ones; only time, process and connection are played.
 */
export async function runSimulation(options: SimulationOptions): Promise<RunResult> {
  const random = createSeededRandom(options.seed);
  const { mutations = [] } = options;
  const dedupeWindowMs = random.pick([100, 2_000, 120_000]);
  await using world = await openWorld(options.parts, { dedupeWindowMs, mutations });
  const accidents = drawAccidents(random.fork(), options.point);
  const settings = drawSettings(random.fork());
  const load = random.fork();
  const jobs: Job[] = [];
  const drawMore = () => {
    const more = drawLoad(load, settings);
    jobs.push(...more);
    return more;
  };
  const queue: JobQueue = { jobs: [...drawMore()], busy: new Set() };
  const stage = createStage({ world, accidents, settings, queue, random: random.fork(), mutations });
  const ending = new AbortController();
  const surroundings = [operate, disturb].map((act) => act(world, random.fork(), ending.signal));
  surroundings.push(rotate(world, stage, random.fork(), ending.signal));
  const epilogue = drawEpilogue(random.fork());

  stage.open();
  let isSettled = await settle(world, stage);
  stage.endFrozen();
  ending.abort();
  await Promise.all(surroundings);
  world.faults.isMended = true;
  const scope = { world, stage, random: random.fork(), drawJobs: drawMore, settle: () => settle(world, stage) };
  const judgement = isSettled ? await epilogue(scope) : {};
  for (let round = 0; isSettled && round < 3; round++) {
    // What a frozen or slow process still has in hand comes out in this time.
    await world.clock.sleep(settings.leased ? 2 * settings.leaseMs : 1_000);
    isSettled = await settle(world, stage);
    if (isSettled && (await stage.drain())) break;
  }
  stage.close();
  const interruptions = accidents.happened.filter((name) => !name.startsWith("cut")).length;
  const hardship = { jobs, interruptions, maxAttempts: settings.maxAttempts };
  const history: History = {
    ...excuseDeaths(applyJudgement(await readHistory(world), judgement), hardship),
    redriven: judgement.former ? [] : world.redriven.events,
    dedupedStreams:
      dedupeWindowMs >= 120_000 && !judgement.isInboxShort ? ["evt-alpha", "evt-beta", "evt-answers"] : [],
    waitBoundMs,
    failingKeys: failingKeys(jobs),
    disturbances: world.disturbances,
  };
  return {
    seed: options.seed,
    violations: checkHistory(history),
    accidents: [...accidents.happened, ...world.happened],
    commits: history.commits.length,
    effects: history.effects.length,
  };
}

/** Most runs just end. */
function drawEpilogue(random: SeededRandom): Epilogue {
  const drawn = random.next();
  if (drawn < 0.05) return brokerLosesTail;
  return drawn < 0.07 ? daysPass : async () => ({});
}

/** Adds what the broker had before it lost it, and leaves out what is no longer known. */
function applyJudgement(history: History, { lostByBroker, former, isInboxShort }: Judgement): History {
  return {
    ...history,
    lostByBroker,
    dead: [...history.dead, ...(former?.dead ?? [])],
    inbox: isInboxShort ? undefined : history.inbox,
  };
}

/** Keys with an event that is not handled at once: the later ones have to wait. */
function failingKeys(jobs: readonly Job[]): string[] {
  const failing = jobs.flatMap(({ publications }) => publications).filter(({ fate }) => fate.kind !== "fine");
  return failing.flatMap(({ account }) => account ?? []);
}

function drawLoad(random: SeededRandom, { maxAttempts }: ReplicaSettings): Job[] {
  const delaysMs = [0, 0, 1, 30, 200, 1_000];
  const fates = { laterMs: [20, 500, 3_000], killers: 0.01, refused: 0.02, maxThrows: maxAttempts - 1 };
  return drawJobs(random, { count: random.between(4, 10), accounts: random.between(1, 4), delaysMs, fates });
}

function drawSettings(random: SeededRandom): ReplicaSettings {
  return {
    leased: random.chance(0.4),
    leaseMs: 3_000,
    atomicBatch: random.chance(0.5),
    concurrency: random.pick([1, 4, 16]),
    parkAboveMs: random.pick([0, 100, 1_000]),
    maxAttempts: random.pick([2, 4]),
  };
}

/** Waits until nothing is left to do; false when that takes too long. */
async function settle(world: World, stage: Stage): Promise<boolean> {
  const endsAtMs = world.clock.now() + settleMs;
  while (world.clock.now() < endsAtMs) {
    await world.clock.sleep(500);
    if (!stage.isBusy && !world.faults.isDown && (await findUnfinished(world)) === undefined) return true;
  }
  return false;
}

/** Lets the broker go down or fill up now and then. */
async function disturb(world: World, random: SeededRandom, signal: AbortSignal): Promise<void> {
  for (let count = random.below(3); count > 0; count--) {
    await world.clock.sleep(random.between(100, 8_000), signal).catch(() => {});
    const { faults } = world;
    const fault = random.pick(["isDown", "isFull"] as const);
    faults[fault] = true;
    world.happened.push(fault === "isDown" ? "broker down" : "broker full");
    const durationMs = random.between(100, 4_000);
    world.noteDisturbance(durationMs);
    await world.clock.sleep(durationMs, signal).catch(() => {});
    faults[fault] = false;
  }
}

/** Ends processes in order now and then, some without the time that their handlers need. */
async function rotate(world: World, stage: Stage, random: SeededRandom, signal: AbortSignal): Promise<void> {
  for (let count = random.below(4); count > 0; count--) {
    await world.clock.sleep(random.between(100, 3_000), signal).catch(() => {});
    if (!signal.aborted) await stage.rotate(random.below(places), random.pick([0, 20, 10_000]));
  }
}
