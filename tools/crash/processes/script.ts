import { type ProbePoint, probePoints } from "../../../sdk/ts/src/core/probe.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import type { SelfAccident } from "./messages.ts";

/** What a run has in store, drawn from its seed. */
export interface Script {
  /** What processes do to themselves, by the order of their starts; later ones live in peace. */
  readonly selfAccidents: readonly (readonly SelfAccident[])[];
  /** What is done from outside, one after the other. */
  readonly disturbances: readonly PlannedDisturbance[];
  readonly leaseMs: number;
  readonly parkAfterMs: number;
  readonly concurrency: number;
}

/** Something that is done to a process or to the surroundings. */
export interface PlannedDisturbance {
  readonly afterMs: number;
  /** `kill`, `freeze`, or one that the stage offers. */
  readonly name: string;
  readonly durationMs: number;
  /** Chooses among the processes. */
  readonly place: number;
}

/** Draws a script. */
export function drawScript(
  random: SeededRandom,
  { point, names }: { readonly point?: ProbePoint | undefined; readonly names: readonly string[] },
): Script {
  // The shortest that Concord recommends: below, a machine with much to do loses leases without any accident.
  const leaseMs = 2_000;
  const afterPoint = (): SelfAccident => ({
    point: point ?? random.pick(probePoints),
    nth: random.between(1, 8),
    kind: random.pick(["die", "die", "stop"] as const),
  });
  const disturbance = (): PlannedDisturbance => ({
    afterMs: random.between(50, 900),
    name: random.pick(["kill", "freeze", ...names]),
    durationMs: random.pick([100, 400, 400, leaseMs * 1.5]),
    place: random.below(2),
  });
  return {
    selfAccidents: Array.from({ length: random.between(1, 3) }, () => [afterPoint(), afterPoint()]),
    disturbances: Array.from({ length: random.between(1, 3) }, disturbance),
    leaseMs,
    parkAfterMs: random.pick([0, 50, 300]),
    concurrency: random.pick([1, 4, 16]),
  };
}
