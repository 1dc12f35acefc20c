import type { Clock } from "../core/clock.ts";

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Goes on by some milliseconds, waking the sleepers on the way in their order. */
  advance(byMs: number): void;
  /** Goes on to the next sleeper; false when nobody sleeps. */
  advanceToNext(): boolean;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Makes a manual clock that begins at a given time, by default 2025-01-02T03:04:05Z. */
export function createManualClock(startMs: number = Date.UTC(2025, 0, 2, 3, 4, 5)): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();

  const next = () => [...sleepers].reduce<Sleeper | undefined>((a, b) => (a && a.atMs <= b.atMs ? a : b), undefined);
  const wake = (sleeper: Sleeper) => {
    nowMs = Math.max(nowMs, sleeper.atMs);
    sleepers.delete(sleeper);
    sleeper.wake();
  };

  return {
    // Whole milliseconds, as the machine's clock gives them; delays may have fractions.
    now: () => Math.floor(nowMs),
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          atMs: nowMs + Math.max(0, delayMs),
          wake: () => {
            signal?.removeEventListener("abort", abort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (let sleeper = next(); sleeper && sleeper.atMs <= untilMs; sleeper = next()) wake(sleeper);
      nowMs = untilMs;
    },
    advanceToNext() {
      const sleeper = next();
      if (sleeper) wake(sleeper);
      return sleeper !== undefined;
    },
  };
}
