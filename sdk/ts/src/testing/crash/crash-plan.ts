import { type ProbePoint, probePoints } from "../../core/probe.ts";
import type { Accident, Step } from "./life.ts";

/** Where a process dies: when it goes by a point for the `nth` time, counted over all processes of a run. */
export interface CrashSite {
  readonly point: ProbePoint;
  readonly nth: number;
}

/** One crash that is to happen, or none, and what was seen on the way. */
export interface CrashPlan {
  readonly site: CrashSite | undefined;
  /** Handed to every life of the run. */
  readonly accidentAt: (step: Step) => Accident;
  /** How often each point was reached. */
  readonly reached: ReadonlyMap<ProbePoint, number>;
  /** True once the process has died. */
  readonly happened: boolean;
}

/** Plans one crash; without a site it only counts. */
export function createCrashPlan(site?: CrashSite): CrashPlan {
  const reached = new Map<ProbePoint, number>();
  let happened = false;
  return {
    site,
    reached,
    get happened() {
      return happened;
    },
    accidentAt(step) {
      if (!isPoint(step)) return undefined;
      const times = (reached.get(step) ?? 0) + 1;
      reached.set(step, times);
      if (happened || step !== site?.point || times !== site.nth) return undefined;
      happened = true;
      return "die";
    },
  };
}

function isPoint(step: Step): step is ProbePoint {
  return (probePoints as readonly string[]).includes(step);
}
