import type { Mutation, Probe, ProbePoint } from "../core/probe.ts";

/** Dies where it is told to, as the process would. */
export interface StopProbe extends Probe {
  /** Whether the point was reached often enough to die there. */
  readonly died: boolean;
}

/** Thrown by {@link stopAt}: nothing may catch it and go on. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
}

/** Makes a probe that dies when a point is reached for the `nth` time, and at every point after that. */
export function stopAt(point: ProbePoint, nth = 1): StopProbe {
  let reached = 0;
  let died = false;
  return {
    get died() {
      return died;
    },
    async reach(here) {
      if (here === point && ++reached === nth) died = true;
      if (died) throw new ProcessDied(`died at ${here}`);
    },
    without: () => false,
  };
}

/** Makes a probe that takes safeguards away and stops nowhere. */
export function without(...mutations: readonly Mutation[]): Probe {
  return { reach: async () => {}, without: (mutation) => mutations.includes(mutation) };
}
