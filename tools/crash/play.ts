import { join } from "node:path";
import { currentCommit } from "./commit.ts";
import { type Report, reportViolations, summarise, violationLine } from "./report.ts";
import type { Runner, RunResult } from "./runner.ts";
import type { Series } from "./series.ts";

/** Takes what people are told on the way. */
export interface Narrator {
  /** Progress, every few seconds. */
  progress(line: string): void;
  /** Each violation, as it is found. */
  violation(line: string): void;
}

const progressMs = 5_000;

/** Plays a series and puts its report together. */
export async function playSeries(series: Series, runner: Runner, narrator: Narrator): Promise<Report> {
  // Sources may change while they are played.
  const commit = currentCommit(join(import.meta.dirname, "../.."));
  const startedAtMs = performance.now();
  const results: RunResult[] = [];
  const elapsedSeconds = () => (performance.now() - startedAtMs) / 1_000;
  const progress = setInterval(() => narrator.progress(progressLine(series, results, elapsedSeconds())), progressMs);
  try {
    for await (const result of playAll(series, runner, elapsedSeconds)) {
      results.push(result);
      for (const violation of reportViolations(series, result)) narrator.violation(violationLine(violation));
    }
  } finally {
    clearInterval(progress);
  }
  return summarise(series, runner.versions, { commit, results, seconds: elapsedSeconds() });
}

/** Gives results as they come. */
async function* playAll(
  { runs, seed, minutes, point, mutations }: Series,
  runner: Runner,
  elapsedSeconds: () => number,
): AsyncIterable<RunResult> {
  const playing = new Map<number, Promise<RunResult>>();
  const isMoreToStart = () => next < seed + runs && elapsedSeconds() < minutes * 60;
  let next = seed;
  while (isMoreToStart() || playing.size > 0) {
    while (playing.size < runner.parallel && isMoreToStart()) {
      playing.set(next, runner.run({ seed: next, point, mutations }));
      next++;
    }
    const result = await Promise.race(playing.values());
    playing.delete(result.seed);
    yield result;
  }
}

function progressLine({ runs }: Series, results: readonly RunResult[], seconds: number): string {
  const broken = results.filter(({ violations }) => violations.length > 0).length;
  const all = Number.isFinite(runs) ? ` of ${runs}` : "";
  return `${results.length}${all} runs, ${(results.length / seconds).toFixed(1)} runs/s, ${broken} with violations`;
}
