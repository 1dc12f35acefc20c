import { expect, it } from "vitest";
import { openBedMarket } from "./bed-market.ts";
import { playTrial } from "./play.ts";
import { seededRandom, trialSeed } from "./seed.ts";

it("keeps all money and stock over 2,000 operations with deaths between them", async () => {
  const seed = trialSeed();
  console.log(`trial of the shop, CONCORD_TEST_SEED=${seed}`);
  await using market = await openBedMarket();
  const options = { random: seededRandom(seed), operations: 2_000, atOnce: 8, auditEvery: 200 };
  await playTrial(market, options).catch((cause) => {
    throw new Error(`CONCORD_TEST_SEED=${seed}: ${cause.message}`, { cause });
  });
  expect(market.deaths).toBeGreaterThan(30);
}, 600_000);
