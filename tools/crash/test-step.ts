import type { Requirement } from "../requirements.ts";
import type { Outcome } from "../test-report.ts";
import type { TransportName } from "./options.ts";
import { playSeries } from "./play.ts";
import { createProcessRunner } from "./processes/process-runner.ts";
import type { Report } from "./report.ts";
import { createMemoryRunner } from "./simulation/memory-runner.ts";

/** What the crash runs of `npm test` came to. */
export interface CrashOutcome {
  /** For the numbers at the end: runs that kept the promise, and runs that broke it. */
  readonly outcome: Outcome;
  /** For the end of the report: what was played, and what was not and why. */
  readonly lines: readonly string[];
}

/** Which seeds are played, from 1 on, and for how long at most: two and a half minutes in all. */
const series = [
  { transport: "memory", runs: 500, minutes: 0.75 },
  { transport: "nats", runs: 30, minutes: 1 },
  { transport: "embedded", runs: 20, minutes: 0.5 },
] as const;

/** What processes on servers need, by the names of the requirements. */
const servers = ["newest nats-server", "PostgreSQL"];

/** The part of `npm test` that plays crashes: all of it, or nothing where a filter names other files. */
export async function crashOutcome(
  requirements: readonly Requirement[],
  filters: readonly string[],
  say: (line: string) => void,
): Promise<CrashOutcome> {
  const lines: string[] = [];
  const reports: Report[] = [];
  const isWanted = filters.length === 0 || filters.some((filter) => filter.includes("crash"));
  for (const part of isWanted ? series : []) {
    const missing = part.transport === "nats" ? whatIsMissing(requirements) : [];
    if (missing.length > 0) {
      lines.push(`not run: crash runs on nats-server and PostgreSQL: missing ${missing.join(" and ")}, see above`);
      continue;
    }
    await using runner = await openRunner(part.transport);
    const report = await playSeries({ ...part, seed: 1 }, runner, { progress: say, violation: say });
    reports.push(report);
    lines.push(closingLine(report));
  }
  return { outcome: toOutcome(reports), lines };
}

function openRunner(transport: TransportName) {
  return transport === "memory" ? createMemoryRunner({}) : createProcessRunner({ transport });
}

function whatIsMissing(requirements: readonly Requirement[]): string[] {
  return servers.filter((name) => !requirements.some((each) => each.name === name && each.found.available));
}

function closingLine({ transport, runs, seeds, seconds, violations, effects }: Report): string {
  const broken = violations.length === 0 ? "no violation" : `${violations.length} violations, see above`;
  return `crash runs ${names[transport]}: ${runs}, seeds ${seeds.join(" to ")}, ${effects} effects in ${seconds} s, ${broken}`;
}

const names: Readonly<Record<string, string>> = {
  memory: "in memory",
  nats: "of processes on nats-server and PostgreSQL",
  embedded: "of processes on files",
};

function toOutcome(reports: readonly Report[]): Outcome {
  const failed = reports.map(({ violations }) => new Set(violations.map(({ seed }) => seed)).size);
  const runs = reports.map((report) => report.runs);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return { suites: [], skipped: [], passed: sum(runs) - sum(failed), failed: sum(failed) };
}
