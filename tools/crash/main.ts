import { type CrashOptions, readOptions, usage } from "./options.ts";
import { createProcessRunner } from "./processes/process-runner.ts";
import { reportLines, reportViolations, summarise, violationLine } from "./report.ts";
import type { Runner, RunResult } from "./runner.ts";
import { createMemoryRunner } from "./simulation/memory-runner.ts";

/** Exit codes of the program. */
const exitCodes = { fine: 0, violations: 1, wrongUse: 2, unreachable: 3 } as const;

const progressMs = 5_000;

/** `npm run crash`: plays seeded runs full of crashes and checks what they leave. */
async function main(args: readonly string[]): Promise<number> {
  let options: CrashOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\nusage: ${usage}`);
    return exitCodes.wrongUse;
  }
  let runner: Runner;
  try {
    runner = options.transport === "memory" ? createMemoryRunner() : await createProcessRunner(options.transport);
  } catch (error) {
    console.error(`concord: ${(error as Error).message}\nWithout servers: npm run crash -- --transport memory`);
    return exitCodes.unreachable;
  }
  await using playing = runner;
  return await play(options, playing);
}

async function play(options: CrashOptions, runner: Runner): Promise<number> {
  const startedAtMs = performance.now();
  const results: RunResult[] = [];
  const progress = setInterval(() => console.error(progressLine(options, results, startedAtMs)), progressMs);
  for await (const result of playAll(options, runner)) {
    results.push(result);
    if (options.format === "json") continue;
    for (const violation of reportViolations(options, result)) console.log(violationLine(violation));
  }
  clearInterval(progress);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const report = summarise(options, runner.versions, { results, seconds });
  if (options.format === "json") console.log(JSON.stringify(report, undefined, 2));
  else for (const line of reportLines(report)) console.log(line);
  return report.violations.length > 0 ? exitCodes.violations : exitCodes.fine;
}

/** Gives results as they come. */
async function* playAll({ runs, seed, point }: CrashOptions, runner: Runner): AsyncIterable<RunResult> {
  const playing = new Map<number, Promise<RunResult>>();
  for (let next = seed; next < seed + runs || playing.size > 0; ) {
    while (playing.size < runner.parallel && next < seed + runs) {
      playing.set(next, runner.run({ seed: next, point }));
      next++;
    }
    const result = await Promise.race(playing.values());
    playing.delete(result.seed);
    yield result;
  }
}

function progressLine({ runs }: CrashOptions, results: readonly RunResult[], startedAtMs: number): string {
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const broken = results.filter(({ violations }) => violations.length > 0).length;
  return `${results.length} of ${runs} runs, ${(results.length / seconds).toFixed(1)} runs/s, ${broken} with violations`;
}

process.exitCode = await main(process.argv.slice(2));
