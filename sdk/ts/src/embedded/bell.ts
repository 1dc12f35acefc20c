import type { Clock } from "../core/clock.ts";

/** Wakes whoever waits for something to change. Nothing is kept: a bell that rings unheard is forgotten. */
export class Bell {
  #listeners = new Set<() => void>();

  ring(): void {
    const listeners = this.#listeners;
    this.#listeners = new Set();
    for (const listener of listeners) listener();
  }

  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  leave(listener: () => void): void {
    this.#listeners.delete(listener);
  }
}

/** What else ends the waiting for a bell. */
export interface WaitLimits {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** A point in time, in milliseconds since the epoch. Default never. */
  readonly untilMs?: number | undefined;
}

/** Longest single timer, in milliseconds: Node fires those above 2^31 at once. */
const longestTimerMs = 3_600_000;

/** Resolves when one of the bells rings, the signal aborts or the time has come, whichever is first. */
export function waitForBell(bells: readonly Bell[], { signal, clock, untilMs }: WaitLimits): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = untilMs === undefined ? undefined : new AbortController();
    const wake = () => {
      for (const bell of bells) bell.leave(wake);
      signal.removeEventListener("abort", wake);
      timer?.abort();
      resolve();
    };
    for (const bell of bells) bell.listen(wake);
    signal.addEventListener("abort", wake, { once: true });
    if (untilMs === undefined) return;
    const delayMs = Math.min(Math.max(0, untilMs - clock.now()), longestTimerMs);
    clock.sleep(delayMs, timer!.signal).then(wake, () => {});
  });
}
