import { isConcordError } from "../../../sdk/ts/src/core/error.ts";
import { createSqliteStores } from "../../../sdk/ts/src/sqlite/index.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { redriveSome } from "../redrive.ts";
import { refusal } from "./broker-faults.ts";
import type { World } from "./world.ts";

/** Milliseconds into a run when the broker is mended and what it refused is sent again. */
const mendedAtMs = 6_000;
const roundMs = 2_000;

/** What people do about a run: mend the broker, release what was put aside, redrive dead letters. */
export async function operate(world: World, random: SeededRandom, signal: AbortSignal): Promise<void> {
  const startedAtMs = world.clock.now();
  while (!signal.aborted) {
    await world.clock.sleep(roundMs, signal).catch(() => {});
    if (signal.aborted || world.faults.isDown || world.faults.isFull) continue;
    if (world.clock.now() - startedAtMs >= mendedAtMs) await mend(world);
    await redriveSome(world, world.redriven, random).catch(ifBrokerWentDown);
  }
}

/** What was not redriven by then stays dead, as with people who give up. */
function ifBrokerWentDown(error: unknown): void {
  if (!isConcordError(error, "unavailable") && !isConcordError(error, "resource_exhausted")) throw error;
}

/** Only what the broker used to refuse is sent again: nothing else should have been put aside. */
async function mend({ database, faults }: World): Promise<void> {
  faults.isMended = true;
  const { outbox } = createSqliteStores(database);
  for (const { id, cause } of await outbox.listQuarantined(1_000)) {
    if (cause.includes(refusal)) await outbox.release(id);
  }
}
