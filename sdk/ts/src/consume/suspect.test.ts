import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { describe, expect, it } from "vitest";
import { RetryLaterError } from "../core/error.ts";
import { type BedConsumer, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "notifications",
    events: [ProductListedSchema],
    publishes: [NotificationSentSchema],
    labelOf: (data: ProductListed) => data.name,
  });
}

function list(bed: ConsumerBed, key: string, ...labels: string[]) {
  const price = { minorUnits: 1n, currency: "EUR" };
  const events = labels.map((name) => ({ productId: key, name, price }));
  return Promise.all(events.map((event) => bed.publish(ProductListedSchema, event)));
}

describe("an event that kills the process", () => {
  it("becomes a dead letter after its attempts, and no other event does (T10)", async () => {
    await using bed = await openBed();
    for (const key of ["a", "b", "c"]) await list(bed, key, `${key}1`, `${key}2`);
    let lives = 0;
    let runs = 0;
    while ((await bed.labels()).length < 5 && lives < 12) {
      lives++;
      const life: BedConsumer = await bed.start({
        handler: (_, label) => {
          if (label !== "b1") return;
          runs++;
          life.kill();
          return new Promise(() => {});
        },
      });
      const before = runs;
      await bed.until(async () => runs > before || (await bed.labels()).length === 5);
    }
    expect((await bed.labels()).toSorted()).toEqual(["a1", "a2", "b2", "c1", "c2"]);
    expect(runs).toBe(5);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "exhausted", error: "exhausted" }]);
  });

  it("does so also when it was parked", async () => {
    await using bed = await openBed();
    await list(bed, "b", "b1", "b2");
    let runs = 0;
    for (let lives = 0; (await bed.labels()).length < 1 && lives < 12; lives++) {
      const life: BedConsumer = await bed.start({
        handler: ({ attempt }, label) => {
          if (label !== "b1") return;
          runs++;
          if (runs === 1) throw new RetryLaterError({ delayMs: 2_000 });
          expect(attempt).toBeGreaterThan(0);
          life.kill();
          return new Promise(() => {});
        },
      });
      const before = Math.max(1, runs);
      await bed.until(async () => runs > before || (await bed.labels()).length === 1);
    }
    expect(await bed.labels()).toEqual(["b2"]);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "exhausted" }]);
    expect(runs).toBeLessThanOrEqual(7);
  });
});
