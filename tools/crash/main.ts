import { writeFile } from "node:fs/promises";
import type { Prey } from "./mutations/catalog.ts";
import type { Catch } from "./mutations/hunt.ts";
import { catchLine, huntAll } from "./mutations/hunt-all.ts";
import { mutationsMarkdown } from "./mutations/mutations-markdown.ts";
import { type CrashOptions, readOptions, type TransportName, usage } from "./options.ts";
import { playSeries } from "./play.ts";
import { createProcessRunner } from "./processes/process-runner.ts";
import { nextSeed, readPieces, savePieces } from "./proof-file.ts";
import { proofMarkdown } from "./proof-markdown.ts";
import { type Report, reportLines } from "./report.ts";
import type { Runner } from "./runner.ts";
import { createMemoryRunner } from "./simulation/memory-runner.ts";

/** Exit codes of the program. */
const exitCodes = { fine: 0, violations: 1, wrongUse: 2, unreachable: 3 } as const;

/** Runs that are made unless another number is given. */
const usualRuns = { memory: 1_000, nats: 10, embedded: 10 } as const;
/** The same for each safeguard that is taken away. */
const usualHunts = { memory: 300, nats: 16 } as const;

/** `npm run crash`: plays seeded runs full of crashes and checks what they leave. */
async function main(args: readonly string[]): Promise<number> {
  let options: CrashOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\nusage: ${usage}`);
    return exitCodes.wrongUse;
  }
  try {
    return options.mutations ? await huntMutations(options) : await prove(options);
  } catch (error) {
    if (!(error instanceof ServersMissing)) throw error;
    console.error(`concord: ${error.message}\nWithout servers: npm run crash -- --transport memory`);
    return exitCodes.unreachable;
  }
}

/** Plays the runs and keeps what they have shown where it was asked for. */
async function prove(options: CrashOptions): Promise<number> {
  const { transport, minutes, mutation, report: file } = options;
  const earlier = file === undefined ? [] : await readPieces<Report>(file);
  if (options.runs === 0) return await writeProof(options, earlier);
  const seed = options.seed ?? nextSeed(earlier, transport);
  const runs = options.runs ?? (Number.isFinite(minutes) ? Number.POSITIVE_INFINITY : usualRuns[transport]);
  await using runner = await openRunner(transport, options);
  const series = { ...options, seed, runs, mutations: mutation === undefined ? [] : [mutation] };
  const report = await playSeries(series, runner, {
    progress: (line) => console.error(line),
    violation: (line) => options.format === "text" && console.log(line),
  });
  const proof = [...earlier, report];
  if (file !== undefined) await savePieces(file, proof);
  await writeProof(options, proof);
  if (options.format === "json") console.log(JSON.stringify(report, undefined, 2));
  else for (const line of reportLines(report)) console.log(line);
  return report.violations.length > 0 ? exitCodes.violations : exitCodes.fine;
}

async function writeProof({ write }: CrashOptions, proof: readonly Report[]): Promise<number> {
  if (write !== undefined) await writeFile(write, proofMarkdown(proof));
  return exitCodes.fine;
}

/** A safeguard that no seed misses is no fault: its test tells. */
async function huntMutations(options: CrashOptions): Promise<number> {
  const { report: file, write, minutes, seed = 1, format } = options;
  const earlier = file === undefined ? [] : await readPieces<Catch>(file);
  const hunts = {
    ...{ seed, minutes, earlier },
    runs: ({ transport }: Prey) => options.runs ?? usualHunts[transport],
    openRunner: (transport: Prey["transport"]) => openRunner(transport, options),
    async onCatch(caught: Catch, catches: readonly Catch[]) {
      if (format === "text") console.log(catchLine(caught));
      if (file !== undefined) await savePieces(file, catches);
    },
  };
  const catches = options.runs === 0 ? earlier : await huntAll(hunts);
  if (write !== undefined) await writeFile(write, mutationsMarkdown(catches));
  if (format === "json") console.log(JSON.stringify(catches, undefined, 2));
  return exitCodes.fine;
}

/** Says why runs on servers cannot be played. */
class ServersMissing extends Error {}

async function openRunner(transport: TransportName, { parallel }: Pick<CrashOptions, "parallel">): Promise<Runner> {
  if (transport === "memory") return createMemoryRunner({ parallel });
  try {
    return await createProcessRunner({ transport, parallel });
  } catch (error) {
    throw new ServersMissing((error as Error).message, { cause: error });
  }
}

process.exitCode = await main(process.argv.slice(2));
