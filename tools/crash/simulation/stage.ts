import type { Mutation } from "../../../sdk/ts/src/core/probe.ts";
import { createLife, type Life } from "../../../sdk/ts/src/testing/crash/index.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import type { Job } from "../job.ts";
import type { AccidentPlan } from "./accidents.ts";
import { type JobQueue, produce } from "./produce.ts";
import { type Replica, type ReplicaSettings, startReplica } from "./replica.ts";
import type { World } from "./world.ts";

/** What the processes of a run are started with. */
export interface StageOptions {
  readonly world: World;
  readonly accidents: AccidentPlan;
  readonly settings: ReplicaSettings;
  readonly queue: JobQueue;
  readonly random: SeededRandom;
  readonly mutations: readonly Mutation[];
}

/** The processes of a run: each that dies is followed by another. */
export interface Stage {
  /** True while transactions are to be made or a process is frozen with something in hand. */
  readonly isBusy: boolean;
  open(): void;
  /** Lets the producers make more transactions. */
  play(jobs: readonly Job[]): void;
  /** Ends one process in order, not waiting longer than given for its handlers, and starts another. */
  rotate(place: number, timeoutMs: number): Promise<void>;
  /** Kills those that nobody will thaw, so that what follows need not wait for what they hold. */
  endFrozen(): void;
  /** Ends all in order; false when one died over it. */
  drain(): Promise<boolean>;
  /** Kills whatever still lives. */
  close(): void;
}

/** Two processes at a time, so that each has somebody to share with and to leave its work to. */
export const places = 2;

/** Time that a process gets to end in order, in milliseconds. */
const drainMs = 20_000;

/** Makes a stage that nobody is on yet. */
export function createStage({ world, accidents, settings, queue, random, mutations }: StageOptions): Stage {
  const running = new Map<number, Replica>();
  const lives = new Set<Life>();
  /** Frozen and never thawed: others must not depend on it. */
  const gone = new Set<Life>();
  let started = 0;
  let isClosed = false;

  return {
    get isBusy() {
      if (queue.jobs.length > 0) return true;
      const living = [...running.values()].filter(({ life }) => !gone.has(life));
      return living.some((replica) => replica.life.state === "frozen" || queue.busy.has(replica));
    },
    open() {
      isClosed = false;
      for (let place = 0; place < places; place++) void occupy(place);
    },
    play(jobs) {
      queue.jobs.push(...jobs);
      for (const replica of running.values()) void produce(world, replica, queue, random.fork());
    },
    async rotate(place, timeoutMs) {
      const replica = running.get(place);
      if (!replica || gone.has(replica.life) || isClosed) return;
      world.noteDisturbance(settings.leaseMs);
      world.happened.push("a process ended in order");
      if (await drainOne(place, replica, timeoutMs)) void occupy(place);
    },
    endFrozen() {
      for (const life of [...gone]) life.kill();
    },
    async drain() {
      isClosed = true;
      this.endFrozen();
      const ended = await Promise.all([...running].map(([place, replica]) => drainOne(place, replica)));
      const isEnded = ended.every(Boolean) && running.size === 0;
      if (!isEnded) this.open();
      return isEnded;
    },
    close() {
      isClosed = true;
      for (const life of [...lives]) life.kill();
    },
  };

  async function occupy(place: number): Promise<void> {
    if (isClosed || running.has(place)) return;
    const life: Life = createLife({
      mutations,
      accidentAt: accidents.accidentAt,
      onFrozen: () => void thawLater(life),
    });
    lives.add(life);
    life.watch((state) => state === "dead" && void replace(place, life));
    const name = `process ${++started}`;
    const skewMs = random.pick([0, 0, 3_600_000, -3_600_000]);
    const replica = await startReplica({ world, life, name, settings, random: random.fork(), skewMs });
    // It may have died over its start, and then its place is not its own any more.
    if (life.state === "dead") return;
    running.set(place, replica);
    void produce(world, replica, queue, random.fork());
  }

  async function thawLater(life: Life): Promise<void> {
    if (gone.size === 0 && random.chance(0.2)) {
      gone.add(life);
      world.noteDisturbance(2 * settings.leaseMs);
      return;
    }
    const frozenMs = random.pick([200, 2_000, settings.leaseMs * 2.5]);
    world.noteDisturbance(frozenMs + settings.leaseMs);
    await world.clock.sleep(frozenMs);
    life.thaw();
  }

  async function replace(place: number, life: Life): Promise<void> {
    if (running.get(place)?.life === life) running.delete(place);
    gone.delete(life);
    lives.delete(life);
    const absentMs = random.pick([10, 1_000, 5_000]);
    world.noteDisturbance(absentMs + 2 * settings.leaseMs);
    await world.clock.sleep(absentMs);
    await occupy(place);
  }

  async function drainOne(place: number, replica: Replica, timeoutMs?: number): Promise<boolean> {
    const died = new Promise<boolean>((resolve) => {
      replica.life.watch((state) => state === "dead" && resolve(false));
    });
    const late = world.clock.sleep(drainMs).then(() => false);
    const drained = await Promise.race([replica.drain(timeoutMs).then(() => true), died, late]);
    if (drained && running.get(place) === replica) running.delete(place);
    if (drained) replica.life.kill();
    return drained;
  }
}
