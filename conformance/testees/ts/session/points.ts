import type { Mutation, Probe, ProbePoint } from "@concord/sdk";
import { BadRequest } from "../protocol/error.ts";
import type { SendReport } from "../protocol/send-report.ts";

/** Stops flows at points, so that the runner can do something meanwhile. */
export interface Points extends Probe {
  /** Stops the flow that reaches the point for the `nth` time from now. */
  arm(point: string, nth: number): void;
  /** Lets the flow that stands at a point go on. */
  release(point: string): void;
  /** Lets all go on. */
  releaseAll(): void;
}

interface Armed {
  readonly nth: number;
  reached: number;
}

/** Makes points of which none is armed. */
export function createPoints(report: SendReport, mutations: readonly Mutation[] = []): Points {
  const armed = new Map<string, Armed>();
  const blocked = new Map<string, () => void>();
  return {
    arm(point, nth) {
      armed.set(point, { nth, reached: 0 });
    },
    release(point) {
      const go = blocked.get(point);
      if (!go) throw new BadRequest(`nothing stands at ${point}`);
      blocked.delete(point);
      go();
    },
    releaseAll() {
      for (const go of blocked.values()) go();
      blocked.clear();
      armed.clear();
    },
    async reach(point: ProbePoint) {
      const stop = armed.get(point);
      if (!stop || ++stop.reached < stop.nth) return;
      armed.delete(point);
      const released = new Promise<void>((resolve) => blocked.set(point, resolve));
      report({ kind: { case: "atPoint", value: { point, nth: stop.reached } } });
      await released;
    },
    without: (mutation) => mutations.includes(mutation),
  };
}
