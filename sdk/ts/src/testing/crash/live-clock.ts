import type { Clock } from "../../core/clock.ts";
import { type Life, never } from "./life.ts";

/**
 * Gives a process its own clock, which may be wrong.
 * @param skewMs what it is ahead of the world's, in milliseconds. Default 0.
 */
export function liveClock(life: Life, world: Clock, skewMs = 0): Clock {
  return {
    now: () => world.now() + skewMs,
    async sleep(delayMs, signal) {
      const death = new AbortController();
      const unwatch = life.watch((state) => state === "dead" && death.abort());
      if (life.state === "dead") await never();
      try {
        await world.sleep(delayMs, signal ? AbortSignal.any([signal, death.signal]) : death.signal);
      } catch (reason) {
        await life.alive();
        throw reason;
      } finally {
        unwatch();
      }
      await life.alive();
    },
  };
}
