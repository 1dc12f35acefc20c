import { type ProbePoint, probePoints } from "../../core/probe.ts";
import type { Violation } from "../history/index.ts";
import { type CrashPlan, type CrashSite, createCrashPlan } from "./crash-plan.ts";

/** What is to be tried with a crash at every place. */
export interface CrashExploration {
  /**
   * Does everything once, from nothing until all has come to rest, and checks the history. Hands the plan to the lives of
   * its processes and starts a new process for one that died.
   */
  readonly run: (plan: CrashPlan) => Promise<readonly Violation[]>;
  /** Default: all. */
  readonly points?: readonly ProbePoint[] | undefined;
  /** How many times of going by one point are tried, the first and last ones. Default 4. */
  readonly maxPerPoint?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What came of an exploration. */
export interface CrashReport {
  /** Runs made, the one without a crash included. */
  readonly runs: number;
  /** Points that were reached, with how often in the run without a crash. */
  readonly reached: ReadonlyMap<ProbePoint, number>;
  readonly findings: readonly CrashFinding[];
}

/** A broken promise, and the crash that broke it; without a site it broke by itself. */
export interface CrashFinding {
  readonly site: CrashSite | undefined;
  readonly violations: readonly Violation[];
}

/** Runs once to see which points are reached, then once for each of them with a crash there. */
export async function exploreCrashes(exploration: CrashExploration): Promise<CrashReport> {
  const { run, points = probePoints, maxPerPoint = 4, signal } = exploration;
  const findings: CrashFinding[] = [];
  const tryWith = async (plan: CrashPlan) => {
    signal?.throwIfAborted();
    const violations = await run(plan);
    if (violations.length > 0) findings.push({ site: plan.site, violations });
  };

  const dry = createCrashPlan();
  await tryWith(dry);
  const sites = points.flatMap((point) => sitesOf(point, dry.reached.get(point) ?? 0, maxPerPoint));
  for (const site of sites) await tryWith(createCrashPlan(site));
  return { runs: sites.length + 1, reached: dry.reached, findings };
}

/** The first times and the last ones: what is in between repeats them. */
function sitesOf(point: ProbePoint, times: number, max: number): CrashSite[] {
  const first = Math.ceil(Math.min(times, max) / 2);
  const last = Math.min(times, max) - first;
  const numbers = Array.from({ length: times }, (_, index) => index + 1);
  return numbers.filter((nth) => nth <= first || nth > times - last).map((nth) => ({ point, nth }));
}
