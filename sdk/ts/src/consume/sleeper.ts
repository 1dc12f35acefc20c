import type { Clock } from "../core/clock.ts";

/** Lets several loops wait, and ends all their waits at once. */
export interface Sleeper {
  readonly isEnded: boolean;
  /** Resolves after `delayMs` milliseconds, at once when it is ended. */
  sleep(delayMs: number): Promise<void>;
  end(): void;
}

/** Makes a sleeper. Each wait has a signal of its own: Node takes more than ten listeners of one for a leak. */
export function createSleeper(clock: Clock): Sleeper {
  const waits = new Set<AbortController>();
  let isEnded = false;
  return {
    get isEnded() {
      return isEnded;
    },
    async sleep(delayMs) {
      if (isEnded) return;
      const wait = new AbortController();
      waits.add(wait);
      await clock.sleep(delayMs, wait.signal).catch(() => {});
      waits.delete(wait);
    },
    end() {
      isEnded = true;
      for (const wait of waits) wait.abort();
    },
  };
}
