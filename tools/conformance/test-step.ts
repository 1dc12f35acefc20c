import { join } from "node:path";
import type { Requirement } from "../requirements.ts";
import { ProgramError, runProgram } from "../run-program.ts";
import type { Outcome } from "../test-report.ts";
import { type Part, waves } from "./parts.ts";

/** What the conformance runs of `npm test` came to. */
export interface ConformanceOutcome {
  /** For the numbers at the end. */
  readonly outcome: Outcome;
  /** For the end of the report: what ran, and what was sampled or missing. */
  readonly lines: readonly string[];
}

/** What a part needs, by the names of the requirements. */
const needed = ["newest nats-server", "PostgreSQL", "Ruby"];
const root = join(import.meta.dirname, "..", "..");
const flags = ["--conditions=@concord/source", "--disable-warning=ExperimentalWarning"];
const runner = join(root, "conformance", "runner", "main.ts");

/** The part of `npm test` that runs the conformance suite: all of it, or nothing where a filter names other files. */
export async function conformanceOutcome(
  requirements: readonly Requirement[],
  filters: readonly string[],
  say: (line: string) => void,
): Promise<ConformanceOutcome> {
  const isWanted = filters.length === 0 || filters.some((filter) => filter.includes("conformance"));
  const nothing: Outcome = { suites: [], skipped: [], passed: 0, failed: 0 };
  if (!isWanted) return { outcome: nothing, lines: [] };
  const missing = needed.filter((name) => !requirements.some((each) => each.name === name && each.found.available));
  if (missing.length > 0) {
    return { outcome: nothing, lines: [`not run: the conformance suite: missing ${missing.join(" and ")}, see above`] };
  }
  const started = performance.now();
  const played: Played[] = [];
  for (const wave of waves) played.push(...(await Promise.all(wave.map((part) => play(part, say)))));
  const sum = (of: (each: Played) => number) => played.reduce((total, each) => total + of(each), 0);
  const seconds = Math.round((performance.now() - started) / 1_000);
  const outcome = { ...nothing, passed: sum(({ passed }) => passed), failed: sum(({ failed }) => failed) };
  return { outcome, lines: [...played.map(({ line }) => line), `conformance in all: ${seconds} s`] };
}

interface Played {
  readonly passed: number;
  readonly failed: number;
  readonly line: string;
}

/** Runs one part. What it prints is shown when something fails; else its last line, the sum, is enough. */
async function play(part: Part, say: (line: string) => void): Promise<Played> {
  const { output, isFine } = await runPart(part);
  if (!isFine) say(output.trim());
  const whole = part.whole === undefined ? "" : `; the whole: ${part.whole}`;
  const sum = output.trim().split("\n").at(-1);
  return { ...readSum(output, isFine), line: `conformance, ${part.title}, ${part.extent}: ${sum}${whole}` };
}

async function runPart({ args }: Part): Promise<{ readonly output: string; readonly isFine: boolean }> {
  try {
    return { output: await runProgram(process.execPath, [...flags, runner, ...args], { cwd: root }), isFine: true };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return { output: error.output, isFine: false };
  }
}

/** Counts the cases of a run; one that counts none is one test. A run that failed without a failed case is a failure too. */
export function readSum(output: string, isFine: boolean): { readonly passed: number; readonly failed: number } {
  const found = /: (\d+) passed, (\d+) failed(?:, (\d+) passed unexpectedly)?/.exec(output.trim().split("\n").at(-1)!);
  if (!found) return { passed: isFine ? 1 : 0, failed: isFine ? 0 : 1 };
  const [passed, failed, unexpected] = found.slice(1).map((digits) => Number(digits ?? 0)) as [number, number, number];
  return { passed, failed: isFine ? 0 : Math.max(1, failed + unexpected) };
}
