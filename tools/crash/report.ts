import { availableParallelism, cpus } from "node:os";
import { formatViolation } from "../../sdk/ts/src/testing/history/index.ts";
import type { RunResult } from "./runner.ts";
import type { Series } from "./series.ts";

/** What a series of runs has shown. */
export interface Report {
  readonly transport: string;
  /** The sources that ran. */
  readonly commit: string;
  readonly versions: readonly string[];
  readonly machine: string;
  readonly seeds: readonly [first: number, last: number];
  /** Where all accidents at points were to be. Default: anywhere. */
  readonly point?: string | undefined;
  readonly runs: number;
  readonly seconds: number;
  readonly runsPerSecond: number;
  /** Events committed and effects had, all runs together. */
  readonly commits: number;
  readonly effects: number;
  /** What happened to processes and their surroundings, and how often. */
  readonly accidents: Readonly<Record<string, number>>;
  readonly violations: readonly ReportedViolation[];
}

/** A broken promise, with the command that breaks it again. */
export interface ReportedViolation {
  readonly seed: number;
  readonly kind: string;
  readonly line: string;
  readonly replay: string;
}

/** Puts a report together. */
export function summarise(
  series: Series,
  versions: readonly string[],
  {
    commit,
    results,
    seconds,
  }: { readonly commit: string; readonly results: readonly RunResult[]; readonly seconds: number },
): Report {
  const { transport, seed, point } = series;
  const sum = (of: (result: RunResult) => number) => results.reduce((total, result) => total + of(result), 0);
  return {
    transport,
    commit,
    versions: [`Node ${process.version}`, ...versions],
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    seeds: [seed, seed + results.length - 1],
    point,
    runs: results.length,
    seconds: Math.round(seconds * 10) / 10,
    runsPerSecond: Math.round((results.length / seconds) * 10) / 10,
    commits: sum(({ commits }) => commits),
    effects: sum(({ effects }) => effects),
    accidents: countAccidents(results),
    violations: results.flatMap((result) => reportViolations(series, result)),
  };
}

/** Gives one entry for each violation of a run. */
export function reportViolations(
  { transport, point, mutations = [] }: Pick<Series, "transport" | "point" | "mutations">,
  result: RunResult,
): ReportedViolation[] {
  const at = point === undefined ? "" : ` --point ${point}`;
  const without = mutations.map((mutation) => ` --mutation ${mutation}`).join("");
  const replay = `npm run crash -- --transport ${transport}${at}${without} --runs 1 --seed ${result.seed}`;
  return result.violations.map((violation) => {
    return { seed: result.seed, kind: violation.kind, line: formatViolation(violation), replay };
  });
}

/** Writes a violation as one line. */
export function violationLine({ seed, line, replay }: ReportedViolation): string {
  return `✗ seed ${seed}  ${line}  replay: ${replay}`;
}

/** Writes a report for people; its violations were told before. */
export function reportLines(report: Report): string[] {
  const { seeds, runs, seconds, runsPerSecond, commits, effects, accidents, violations } = report;
  const most = Object.entries(accidents).slice(0, 12);
  return [
    `${report.transport}: ${report.versions.join(", ")}; ${report.machine}`,
    `${runs} runs, seeds ${seeds[0]} to ${seeds[1]}, in ${seconds} s: ${runsPerSecond} runs/s, ${commits} commits, ${effects} effects`,
    `accidents: ${most.map(([name, count]) => `${name} ${count}`).join(" · ")}${most.length === 12 ? " · …" : ""}`,
    violations.length === 0 ? "✓ no violation" : `✗ ${violations.length} violations`,
  ];
}

/** The most frequent first. */
function countAccidents(results: readonly RunResult[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { accidents } of results) for (const name of accidents) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
