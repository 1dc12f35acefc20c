import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { checkHistory, type History } from "../../../sdk/ts/src/testing/history/index.ts";
import { createSeededRandom, type SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { type ProofContract, readContractImage } from "../contract/contract.ts";
import { excuseDeaths, type Hardship } from "../excused-deaths.ts";
import { readHistory } from "../read-history.ts";
import type { Redriven } from "../redrive.ts";
import type { RunOptions, RunResult } from "../runner.ts";
import { type Cast, createCast } from "./cast.ts";
import { drawLoad, load } from "./load.ts";
import { playDisturbances } from "./play-disturbances.ts";
import { openScene } from "./scene.ts";
import { drawScript } from "./script.ts";
import { pause, type Stage, type Theatre } from "./stage.ts";
import type { Troupe } from "./troupe.ts";

/** One run with real processes. */
export interface ProcessRunOptions extends RunOptions {
  readonly theatre: Theatre;
  readonly troupe: Troupe;
  /** The compiled contracts. */
  readonly image: Uint8Array;
}

/** Streams whose dedupe window, two minutes, covers a whole run. */
const dedupedStreams = ["evt-beta", "evt-answers"];

/** Runs of a handler that the contracts of the run allow. */
const maxAttempts = 4;

/** Where the logs of bad runs are kept. */
const logFolder = join(import.meta.dirname, "../../../.cache/crash");

/** Time that a run may stand still before it has come to rest, and take in all, in milliseconds; most need ten seconds. */
const settleMs = { still: 90_000, most: 300_000 };

/** Plays one seed with real processes, until all has come to rest and all have ended in order, and checks the history. */
export async function runProcesses(options: ProcessRunOptions): Promise<RunResult> {
  const { seed, theatre, troupe, image, mutations = [] } = options;
  const contract = readContractImage(image);
  const random = createSeededRandom(seed);
  await using stage = await theatre.openStage(seed);
  const script = drawScript(random.fork(), { ...options, names: Object.keys(stage.disturbances) });
  const jobs = drawLoad(random.fork());
  const accidents: string[] = [];
  const parts = { stage, troupe, script, mutations, accidents, contract: Buffer.from(image).toString("base64") };
  const cast = createCast({ ...parts, random: random.fork() });

  cast.open();
  const disturbed = playDisturbances({ script, stage, cast, accidents });
  await Promise.race([load(cast, contract, jobs).then(() => disturbed), cast.failed]);
  cast.endAccidents();
  const rest = await Promise.race([settle(cast, random.fork()), cast.failed]);
  await pause(script.leaseMs * 1.5);
  const ended = await cast.close();
  const hardship = { jobs, interruptions: accidents.length, maxAttempts };
  const judged = await judge(stage, contract, { ...rest, ended, hardship });
  if (judged.violations.length > 0) await keepLog(stage, seed);
  return { seed, accidents, ...judged };
}

/** Keeps what the processes of a bad run said. */
async function keepLog({ folder, surroundings }: Stage, seed: number): Promise<void> {
  await mkdir(logFolder, { recursive: true });
  await copyFile(join(folder, "processes.log"), join(logFolder, `${surroundings.kind}-${seed}.log`));
}

/** How a run came to rest. */
interface Rest {
  /** What is left to do after all. */
  readonly left: string | undefined;
  readonly redriven: History["redriven"];
}

/** How often it is asked whether a run has come to rest, in milliseconds: asking costs more the more has happened. */
const pollMs = { first: 50, most: 800 };

/** Waits until nothing is left to do; redrives what died on the way, in one half of the runs, and waits again. */
async function settle(cast: Cast, random: SeededRandom): Promise<Rest> {
  const endsAtMs = Date.now() + settleMs.most;
  let movedAtMs = Date.now();
  const redriven: Redriven["events"] = [];
  let redrives = random.below(2);
  let waitMs = pollMs.first;
  let left: string | undefined = "nobody serves";
  while (Date.now() < Math.min(endsAtMs, movedAtMs + settleMs.still)) {
    const before: string | undefined = left;
    const answer = await cast.ask({ ask: "unfinished" }, 3_000);
    left = answer?.kind === "unfinished" ? answer.left : "nobody answers";
    if (left !== before) movedAtMs = Date.now();
    if (left === undefined && redrives-- === 0) return { left, redriven };
    if (left === undefined) {
      waitMs = pollMs.first;
      const done = await cast.ask({ ask: "redrive", seed: random.below(2 ** 31) }, 3_000);
      if (done?.kind === "redriven") redriven.push(...done.events);
    }
    await pause(waitMs);
    waitMs = Math.min(waitMs * 1.5, pollMs.most);
  }
  return { left, redriven };
}

async function judge(
  { direct }: Stage,
  contract: ProofContract,
  { left, redriven, ended, hardship }: Rest & { readonly ended: boolean; readonly hardship: Hardship },
): Promise<Pick<RunResult, "violations" | "commits" | "effects">> {
  await using scene = await openScene(direct, contract);
  const history: History = { ...excuseDeaths(await readHistory(scene), hardship), redriven, dedupedStreams };
  const violations = checkHistory(history);
  if (left) violations.push({ kind: "unsettled", events: [], detail: `it came to no rest: ${left}` });
  if (!ended) violations.push({ kind: "unsettled", events: [], detail: "a process did not end in order" });
  return { violations, commits: history.commits.length, effects: history.effects.length };
}
