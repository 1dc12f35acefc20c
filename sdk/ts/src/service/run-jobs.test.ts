import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { expect, it, vi } from "vitest";
import { openEmbedded } from "../embedded/index.ts";
import { openSqlite } from "../sqlite/index.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { createService } from "./service.ts";

async function startWith(job: (run: number) => Promise<void>) {
  const clock = createManualClock();
  const stack = new AsyncDisposableStack();
  const transport = stack.use(await openEmbedded({ path: ":memory:", clock }));
  const database = stack.adopt(openSqlite({ path: ":memory:" }), (opened) => opened.close());
  let runs = 0;
  const service = createService({ name: "inventory", contract: InventoryService });
  service.every(60_000, "count", async ({ transaction }) => {
    runs += 1;
    await transaction(({ tx }) => tx.query("SELECT 1"));
    await job(runs);
  });
  const running = stack.use(
    await service.start({ transport, database, clock, config: { logLevel: "silent" }, listen: false }),
  );
  const ran = (times: number) => vi.waitUntil(() => runs === times, { timeout: 10_000, interval: 5 });
  return { clock, running, ran, runs: () => runs, close: () => stack.disposeAsync() };
}

it("runs a job after each pause, also when it failed, and no more once the service is closed", async () => {
  const { clock, running, ran, runs, close } = await startWith(async (run) => {
    if (run === 1) throw new Error("not yet");
  });
  clock.advance(59_999);
  expect(runs()).toBe(0);
  clock.advance(1);
  await ran(1);
  // The next pause begins when the run has ended.
  const secondRun = () => {
    clock.advance(60_000);
    return runs() === 2;
  };
  await vi.waitUntil(secondRun, { timeout: 10_000, interval: 5 });
  await running.close();
  const last = runs();
  clock.advance(600_000);
  await new Promise(setImmediate);
  expect(runs()).toBe(last);
  await close();
});

it("runs a job once at a time", async () => {
  const gate = Promise.withResolvers<void>();
  const { clock, ran, runs, close } = await startWith(() => gate.promise);
  clock.advance(60_000);
  await ran(1);
  clock.advance(600_000);
  await new Promise(setImmediate);
  expect(runs()).toBe(1);
  gate.resolve();
  await close();
});
