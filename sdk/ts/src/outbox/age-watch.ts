import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { OutboxStore } from "../core/store/outbox-store.ts";

/** Says when rows have waited so long that the broker may no longer know a repetition of theirs. */
export interface AgeWatch {
  /** Looks at the oldest row, at once and then once a minute at most: after an outage rows are old when the relay starts. */
  check(): Promise<void>;
}

const intervalMs = 60_000;

/**
 * Makes a watch. Beyond the broker's dedupe window a repeated row is stored twice; consumers with an inbox drop it, those
 * without handle it twice (trap T5).
 */
export function createAgeWatch(options: {
  readonly store: Pick<OutboxStore, "status">;
  readonly clock: Clock;
  readonly log: Log;
  readonly dedupeWindowMs: number;
}): AgeWatch {
  const { store, clock, log, dedupeWindowMs } = options;
  let nextAtMs = clock.now();
  return {
    async check() {
      if (clock.now() < nextAtMs) return;
      nextAtMs = clock.now() + intervalMs;
      const { oldestAgeMs, waiting } = await store.status();
      if (oldestAgeMs <= dedupeWindowMs) return;
      log.warn(
        { oldestAgeMs, waiting, dedupeWindowMs },
        "outbox rows are older than the broker's dedupe window; a consumer without an inbox may see some twice",
      );
    },
  };
}
