import { type ProbePoint, probePoints } from "../../../sdk/ts/src/core/probe.ts";
import type { Accident, Step } from "../../../sdk/ts/src/testing/crash/index.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";

/** What happens to processes in a run, drawn from its seed. */
export interface AccidentPlan {
  /** Handed to every life of the run. */
  readonly accidentAt: (step: Step) => Accident;
  /** What has happened, and where. */
  readonly happened: readonly string[];
}

interface Planned {
  readonly kind: NonNullable<Accident>;
  /** Undefined: at any step. */
  readonly point: ProbePoint | undefined;
  /** Steps that still go well. */
  left: number;
}

/**
 * Draws one to five accidents.
 * @param point where all of them are to be; by default half of them are at random points, half at any step.
 */
export function drawAccidents(random: SeededRandom, point?: ProbePoint): AccidentPlan {
  const planned = new Set(Array.from({ length: random.between(1, 5) }, () => draw(random, point)));
  const happened: string[] = [];
  return {
    happened,
    accidentAt(step) {
      for (const accident of planned) {
        if (accident.point !== undefined && accident.point !== step) continue;
        if (accident.left-- > 0) continue;
        planned.delete(accident);
        happened.push(`${accident.kind} at ${step}`);
        return accident.kind;
      }
      return undefined;
    },
  };
}

function draw(random: SeededRandom, point: ProbePoint | undefined): Planned {
  const kind = random.pick(["die", "die", "die", "freeze", "cut"] as const);
  const atPoint = kind !== "cut" && (point !== undefined || random.chance(0.5));
  return {
    kind,
    point: atPoint ? (point ?? random.pick(probePoints)) : undefined,
    left: atPoint ? random.below(6) : random.below(600),
  };
}
