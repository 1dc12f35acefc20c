import { writeFile } from "node:fs/promises";
import { type CrashOptions, readOptions, usage } from "./options.ts";
import { playSeries } from "./play.ts";
import { createProcessRunner } from "./processes/process-runner.ts";
import { nextSeed, readProof, saveProof } from "./proof-file.ts";
import { proofMarkdown } from "./proof-markdown.ts";
import { type Report, reportLines } from "./report.ts";
import type { Runner } from "./runner.ts";
import { createMemoryRunner } from "./simulation/memory-runner.ts";

/** Exit codes of the program. */
const exitCodes = { fine: 0, violations: 1, wrongUse: 2, unreachable: 3 } as const;

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
    runner =
      options.transport === "memory"
        ? createMemoryRunner(options)
        : await createProcessRunner({ ...options, transport: options.transport });
  } catch (error) {
    console.error(`concord: ${(error as Error).message}\nWithout servers: npm run crash -- --transport memory`);
    return exitCodes.unreachable;
  }
  await using playing = runner;
  const report = await prove(options, playing);
  if (options.format === "json") console.log(JSON.stringify(report, undefined, 2));
  else for (const line of reportLines(report)) console.log(line);
  return report.violations.length > 0 ? exitCodes.violations : exitCodes.fine;
}

/** Plays the runs and keeps what they have shown where it was asked for. */
async function prove(options: CrashOptions, runner: Runner): Promise<Report> {
  const earlier = options.report === undefined ? [] : await readProof(options.report);
  const seed = options.seed ?? nextSeed(earlier, options.transport);
  const report = await playSeries({ ...options, seed, mutations: [] }, runner, {
    progress: (line) => console.error(line),
    violation: (line) => options.format === "text" && console.log(line),
  });
  const proof = [...earlier, report];
  if (options.report !== undefined) await saveProof(options.report, proof);
  if (options.write !== undefined) await writeFile(options.write, proofMarkdown(proof));
  return report;
}

process.exitCode = await main(process.argv.slice(2));
