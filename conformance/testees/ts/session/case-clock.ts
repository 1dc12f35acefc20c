import { type Clock, systemClock } from "@concord/sdk";

/** A clock that shows a time of the case's choice now and goes on from there. */
export function createCaseClock(startMs: number | undefined): Clock {
  if (startMs === undefined) return systemClock;
  const offsetMs = startMs - Date.now();
  return { now: () => Date.now() + offsetMs, sleep: systemClock.sleep };
}
