import { expect, it } from "vitest";
import { openBedMarket } from "./bed-market.ts";
import { playTrial } from "./play.ts";
import { seededRandom, trialSeed } from "./seed.ts";

it("keeps all money and stock, each movement once, whatever is done and whoever dies", async () => {
  const seed = trialSeed();
  await using market = await openBedMarket();
  const options = { random: seededRandom(seed), operations: 250, atOnce: 8, auditEvery: 125 };
  await playTrial(market, options).catch((cause) => {
    throw new Error(`CONCORD_TEST_SEED=${seed}: ${cause.message}`, { cause });
  });
  expect(market.deaths).toBeGreaterThan(3);
}, 120_000);
