import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readOptions, type ShopOptions } from "../options.ts";
import { openShop } from "../shop.ts";
import { playTrial } from "./play.ts";
import { tradeWithProcesses } from "./process-market.ts";
import { seededRandom, trialSeed } from "./seed.ts";

it("keeps all money and stock on NATS and PostgreSQL, though kill -9 hits one process after the other", async () => {
  const seed = trialSeed();
  const folder = await mkdtemp(join(tmpdir(), "concord-trial-"));
  const options = readOptions(["--transport", "nats", "--database", "postgres", "--port", "0"]) as ShopOptions;
  const shop = await openShop({ options, folder, onCrash: (message) => expect.unreachable(message) });
  const trial = { random: seededRandom(seed), operations: 120, atOnce: 8, auditEvery: 60 };
  await playTrial(tradeWithProcesses(shop), trial).catch((cause) => {
    throw new Error(`CONCORD_TEST_SEED=${seed}: ${cause.message}`, { cause });
  });
  await shop[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
}, 300_000);
