import { expect, it } from "vitest";
import { createManualClock } from "../testing/manual-clock.ts";
import { createAgeWatch } from "./age-watch.ts";

it("warns of rows that were old before the relay started, and once a minute at most", async () => {
  const clock = createManualClock();
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) } as never;
  const store = { status: async () => ({ oldestAgeMs: 600_000, waiting: 1 }) } as never;
  const watch = createAgeWatch({ store, clock, log, dedupeWindowMs: 120_000 });
  await watch.check();
  await watch.check();
  expect(warnings).toHaveLength(1);
});
