import type { Clock } from "../core/clock.ts";

/** Event-loop turns that work under way gets before time jumps on. */
const turnsBeforeJump = 3;

/**
 * Makes a clock whose time stands still while there is work and jumps to the next sleeper's hour when all sleep, so that a
 * test with hours of waiting takes milliseconds and always goes the same way. For work in one process alone: it cannot see
 * a server that is still busy.
 */
export function createVirtualClock(startMs: number = Date.UTC(2026, 10, 1)): Clock {
  const sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  let nowMs = startMs;
  let jumping = false;
  return {
    now: () => nowMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { dueMs: nowMs + Math.ceil(delayMs), wake };
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        function wake() {
          signal?.removeEventListener("abort", abort);
          resolve();
        }
        signal?.addEventListener("abort", abort, { once: true });
        sleepers.add(sleeper);
        if (!jumping) void jump();
      }),
  };

  async function jump(): Promise<void> {
    jumping = true;
    while (sleepers.size > 0) {
      for (let turn = 0; turn < turnsBeforeJump; turn++) await new Promise((resolve) => setImmediate(resolve));
      const next = [...sleepers].reduce((a, b) => (b.dueMs < a.dueMs ? b : a), {
        dueMs: Number.POSITIVE_INFINITY,
        wake: () => {},
      });
      if (!sleepers.delete(next)) continue;
      nowMs = Math.max(nowMs, next.dueMs);
      next.wake();
    }
    jumping = false;
  }
}
