import type { Clock } from "../core/clock.ts";

/** Lets a loop sleep until its time has come or somebody rings. */
export interface Wakeup {
  /** Ends the wait under way, or else the next one. */
  ring(): void;
  /** Resolves after `delayMs` milliseconds or at a ring. */
  wait(delayMs: number): Promise<void>;
}

/** Starts without a ring pending. For one loop. */
export function createWakeup(clock: Clock): Wakeup {
  let rung = false;
  let sleeping: AbortController | undefined;
  return {
    ring() {
      rung = true;
      sleeping?.abort();
    },
    async wait(delayMs) {
      if (!rung) {
        sleeping = new AbortController();
        await clock.sleep(delayMs, sleeping.signal).catch(() => {});
        sleeping = undefined;
      }
      rung = false;
    },
  };
}
