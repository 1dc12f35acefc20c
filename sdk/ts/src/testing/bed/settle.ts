import { ConcordError } from "../../core/error.ts";
import type { ManualClock } from "../manual-clock.ts";
import type { Seat } from "./seat.ts";

const timeoutMs = 10_000;
/** Looks in a row that must find nothing to do. */
const quietLooks = 3;
const turnsPerLook = 10;

/**
 * Waits in real time while something happens, and lets the clock go on when nothing does.
 * @throws {ConcordError} `deadline_exceeded` after 10 seconds of real time, telling who has still what to do.
 */
export async function settle({
  seats,
  clock,
}: {
  readonly seats: readonly Seat[];
  readonly clock: ManualClock;
}): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let quiet = 0; quiet < quietLooks; ) {
    if (performance.now() > deadline) throw await unsettled(seats);
    for (let turn = 0; turn < turnsPerLook; turn++) await new Promise(setImmediate);
    const remaining = await Promise.all(seats.map((seat) => seat.remaining()));
    const left = remaining.reduce((sum, each) => sum + each, 0);
    quiet = left === 0 ? quiet + 1 : 0;
    if (left > 0) clock.advanceToNext();
  }
}

async function unsettled(seats: readonly Seat[]): Promise<ConcordError> {
  const left = seats.map(async (seat) => `${seat.service.name} (${await seat.remaining()})`);
  return new ConcordError("deadline_exceeded", `something is left to do at ${(await Promise.all(left)).join(", ")}`);
}
