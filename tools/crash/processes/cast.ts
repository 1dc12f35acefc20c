import { join } from "node:path";
import type { Mutation } from "../../../sdk/ts/src/core/probe.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import type { Answer, Question, StartMessage } from "./messages.ts";
import type { Script } from "./script.ts";
import { pause, type Stage } from "./stage.ts";
import type { Player, Troupe } from "./troupe.ts";

/** The processes of a run: each that dies is followed by another. */
export interface Cast {
  open(): void;
  /** Rejects when processes do not even start. */
  readonly failed: Promise<never>;
  /** Resolves when one process serves. */
  ready(): Promise<void>;
  /** Where producers are reached now; undefined while nobody serves. */
  urls(): Player["urls"];
  kill(place: number): void;
  /** Stops a process and lets it go on after a while. */
  freeze(place: number, durationMs: number): Promise<void>;
  /** Later processes live in peace. */
  endAccidents(): void;
  /** Asks any process. */
  ask(question: Question, timeoutMs: number): Promise<Answer | undefined>;
  /** Ends all in order; false when one does not. */
  close(): Promise<boolean>;
}

/** Processes in a row that may end by themselves before they serve: a broker that is away ends some. */
const maxFalseStarts = 20;

/** Time that a process gets to end in order, in milliseconds: a few times its own limits for handlers and leases. */
const endMs = 30_000;

/** What a cast works with. */
export interface CastOptions {
  readonly stage: Stage;
  readonly troupe: Troupe;
  /** The compiled contracts, in base64. */
  readonly contract: string;
  readonly script: Script;
  readonly random: SeededRandom;
  readonly mutations: readonly Mutation[];
  /** Takes what has happened. */
  readonly accidents: string[];
}

/** Makes a cast of which nobody plays yet. */
export function createCast({ stage, troupe, contract, script, random, mutations, accidents }: CastOptions): Cast {
  const players = new Map<number, Player>();
  /** Those that may die by themselves, also when they are to end. */
  const mortal = new WeakSet<Player>();
  let started = 0;
  let isPeaceful = false;
  let isClosing = false;
  let asked = 0;
  let falseStarts = 0;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  // A file has one machine, whose clock is right or wrong for all its processes.
  const commonSkewMs = drawSkewMs(random);

  return {
    failed: failed.promise,
    open() {
      for (let place = 0; place < stage.places; place++) void occupy(place);
    },
    async ready() {
      while (!serving().length) await pause(10);
    },
    urls: () => (serving().length > 0 ? random.pick(serving()).urls : undefined),
    kill: (place) => playerAt(place)?.kill("SIGKILL"),
    async freeze(place, durationMs) {
      const player = playerAt(place);
      player?.kill("SIGSTOP");
      await pause(durationMs);
      player?.kill("SIGCONT");
    },
    endAccidents() {
      isPeaceful = true;
    },
    async ask(question, timeoutMs) {
      const candidates = serving();
      return candidates[asked++ % Math.max(1, candidates.length)]?.ask(question, timeoutMs);
    },
    async close() {
      isClosing = true;
      const endings = await Promise.all([...players.values()].map(end));
      return endings.every(Boolean);
    },
  };

  function serving(): Player[] {
    return [...players.values()].filter(({ urls }) => urls !== undefined);
  }

  function playerAt(place: number): Player | undefined {
    return players.get(place % stage.places);
  }

  async function occupy(place: number): Promise<void> {
    const selfAccidents = isPeaceful ? [] : (script.selfAccidents[started] ?? []);
    started++;
    const message: StartMessage = {
      ...{ surroundings: stage.surroundings, mutations, accidents: selfAccidents },
      contract,
      logFile: join(stage.folder, "processes.log"),
      callsFile: join(stage.folder, "calls"),
      skewMs: stage.places > 1 ? drawSkewMs(random) : commonSkewMs,
      leaseMs: script.leaseMs,
      parkAfterMs: script.parkAfterMs,
      concurrency: script.concurrency,
    };
    const player: Player = troupe.start(message, (point) => void goOn(player, point));
    if (selfAccidents.some(({ kind }) => kind === "die")) mortal.add(player);
    players.set(place, player);
    const code = await player.ended;
    players.delete(place);
    falseStarts = code === null || player.urls ? 0 : falseStarts + 1;
    if (falseStarts > maxFalseStarts) failed.reject(new Error("the processes of a run do not start"));
    else if (!isClosing) await follow(place, code);
  }

  async function follow(place: number, code: number | null): Promise<void> {
    if (code === null) accidents.push("a process died");
    // Whatever ended it by itself, such as a broker that is away, needs a moment.
    else await pause(200);
    await occupy(place);
  }

  async function goOn(player: Player, point: string): Promise<void> {
    accidents.push(`stop at ${point}`);
    await pause(script.leaseMs * 2);
    player.kill("SIGCONT");
  }

  /** False when it did not end in order, though it should have. */
  async function end(player: Player): Promise<boolean> {
    player.kill("SIGCONT");
    player.kill("SIGTERM");
    const code = await Promise.race([player.ended, pause(endMs).then(() => undefined)]);
    if (code === undefined) {
      player.kill("SIGKILL");
      await player.ended;
      return false;
    }
    if (code === null) accidents.push("a process died at its end");
    return code === 0 || (code === null && mortal.has(player));
  }
}

function drawSkewMs(random: SeededRandom): number {
  return random.pick([0, 0, 3_600_000, -3_600_000]);
}
