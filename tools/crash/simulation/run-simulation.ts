import type { Mutation } from "../../../sdk/ts/src/core/probe.ts";
import { createLife } from "../../../sdk/ts/src/testing/crash/index.ts";
import { checkHistory } from "../../../sdk/ts/src/testing/history/index.ts";
import { createSeededRandom, type SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { drawJobs, type Job } from "../job.ts";
import { readHistory } from "../read-history.ts";
import type { RunOptions, RunResult } from "../runner.ts";
import { findUnfinished } from "../settled.ts";
import { type AccidentPlan, drawAccidents } from "./accidents.ts";
import { operate } from "./operate.ts";
import { type JobQueue, produce } from "./produce.ts";
import { type Replica, type ReplicaSettings, startReplica } from "./replica.ts";
import { openWorld, type World, type WorldParts } from "./world.ts";

/** One run in memory. */
export interface SimulationOptions extends RunOptions {
  readonly parts: WorldParts;
}

/** Two processes at a time, so that each has somebody to share with and to leave its work to. */
const replicas = 2;
/** Time that a run gets to come to rest, in milliseconds of its own. */
const settleMs = 60_000;

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
  const queue: JobQueue = { jobs: drawLoad(random.fork()), busy: new Set() };
  const stage = createStage({ world, accidents, settings, queue, random: random.fork(), mutations });
  const ending = new AbortController();
  const surroundings = [operate(world, random.fork(), ending.signal), disturb(world, random.fork(), ending.signal)];

  stage.open();
  await settle(world, stage);
  ending.abort();
  await Promise.all(surroundings);
  for (let round = 0; round < 3; round++) {
    // What a frozen or slow process still has in hand comes out in this time.
    await world.clock.sleep(settings.leased ? 2 * settings.leaseMs : 1_000);
    if (!(await settle(world, stage)) || (await stage.drain())) break;
  }
  stage.close();
  const history = await readHistory(world);
  return {
    seed: options.seed,
    violations: checkHistory(history),
    accidents: accidents.happened,
    commits: history.commits.length,
    effects: history.effects.length,
  };
}

function drawLoad(random: SeededRandom): Job[] {
  const delaysMs = [0, 0, 1, 30, 200, 1_000];
  const fates = { laterMs: [20, 500, 3_000], killers: 0.01, refused: 0.02 };
  return drawJobs(random, { count: random.between(4, 10), accounts: random.between(1, 4), delaysMs, fates });
}

function drawSettings(random: SeededRandom): ReplicaSettings {
  return {
    leased: random.chance(0.4),
    leaseMs: 3_000,
    atomicBatch: random.chance(0.5),
    concurrency: random.pick([1, 4, 16]),
    parkAboveMs: random.pick([0, 100, 1_000]),
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
async function disturb({ clock, faults }: World, random: SeededRandom, signal: AbortSignal): Promise<void> {
  for (let count = random.below(3); count > 0; count--) {
    await clock.sleep(random.between(100, 8_000), signal).catch(() => {});
    const fault = random.pick(["isDown", "isFull"] as const);
    faults[fault] = true;
    await clock.sleep(random.between(100, 4_000), signal).catch(() => {});
    faults[fault] = false;
  }
}

interface StageOptions {
  readonly world: World;
  readonly accidents: AccidentPlan;
  readonly settings: ReplicaSettings;
  readonly queue: JobQueue;
  readonly random: SeededRandom;
  readonly mutations: readonly Mutation[];
}

/** The processes of a run: each that dies is followed by another. */
interface Stage {
  /** True while transactions are to be made or a process is frozen with something in hand. */
  readonly isBusy: boolean;
  open(): void;
  /** Ends all in order; false when one died over it. */
  drain(): Promise<boolean>;
  /** Kills whatever still lives. */
  close(): void;
}

function createStage({ world, accidents, settings, queue, random, mutations }: StageOptions): Stage {
  const running = new Map<number, Replica>();
  let started = 0;
  let isClosed = false;

  return {
    get isBusy() {
      const living = [...running.values()];
      return (
        queue.jobs.length > 0 || living.some((replica) => replica.life.state === "frozen" || queue.busy.has(replica))
      );
    },
    open() {
      for (let place = 0; place < replicas; place++) void occupy(place);
    },
    async drain() {
      const deaths = started;
      const ended = await Promise.all([...running].map(([place, replica]) => drainOne(place, replica)));
      return ended.every(Boolean) && running.size === 0 && started === deaths;
    },
    close() {
      isClosed = true;
      for (const { life } of running.values()) life.kill();
    },
  };

  async function occupy(place: number): Promise<void> {
    if (isClosed) return;
    started++;
    const life = createLife({ mutations, accidentAt: accidents.accidentAt, onFrozen: () => void thawLater() });
    const thawLater = async () => {
      await world.clock.sleep(random.pick([200, 2_000, settings.leaseMs * 2.5]));
      life.thaw();
    };
    const name = `process ${started}`;
    life.watch((state) => state === "dead" && void replace(place));
    const skewMs = random.pick([0, 0, 3_600_000, -3_600_000]);
    const replica = await startReplica({ world, life, name, settings, random: random.fork(), skewMs });
    running.set(place, replica);
    void produce(world, replica, queue, random.fork());
  }

  async function replace(place: number): Promise<void> {
    running.delete(place);
    await world.clock.sleep(random.pick([10, 1_000, 5_000]));
    await occupy(place);
  }

  async function drainOne(place: number, replica: Replica): Promise<boolean> {
    const died = new Promise<boolean>((resolve) => {
      replica.life.watch((state) => state === "dead" && resolve(false));
    });
    const drained = await Promise.race([replica.drain().then(() => true), died]);
    if (drained) running.delete(place);
    return drained;
  }
}
