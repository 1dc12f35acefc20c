import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { describe, expect, it } from "vitest";
import { RetryLaterError } from "../core/error.ts";
import { type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";

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

describe("an event that waits long", () => {
  const later = (delayMs: number) => {
    const waited = new Set<string>();
    return (_: unknown, label: string) => {
      if (!label.startsWith("later") || waited.has(label)) return;
      waited.add(label);
      throw new RetryLaterError({ delayMs });
    };
  };

  it("is parked with the later ones of its key, while other keys and the position go on (T11)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "later", "2", "3");
    await list(bed, "m", "4");
    await bed.start({ handler: later(60_000) });
    await bed.until(async () => (await bed.parked()) === 3);
    expect(await bed.labels()).toEqual(["4"]);
    await bed.until(async () => (await bed.positions("evt-inventory")).includes(4n));
    await list(bed, "k", "5");
    await bed.handled(5);
    expect(await bed.labels("k")).toEqual(["later", "2", "3", "5"]);
    expect(await bed.parked()).toBe(0);
  });

  it("does not wait in the database below the limit (F21)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "later", "2");
    let most = 0;
    await bed.start({
      handler: async (context, label) => {
        most = Math.max(most, await bed.parked());
        return later(900)(context, label);
      },
      inbox: { parkAboveMs: 1_000 },
    });
    await bed.clock.sleep(500);
    expect([await bed.parked(), most]).toEqual([0, 0]);
  });

  it("keeps its attempts and its place over a restart", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2");
    const attempts: number[] = [];
    const handler = ({ attempt }: { attempt: number }, label: string) => {
      if (label !== "1") return;
      attempts.push(attempt);
      throw new Error("always");
    };
    const options = { handler, inbox: { parkAboveMs: 0 } };
    let life = await bed.start(options);
    await bed.until(() => attempts.length === 2);
    await life.consumer.drain();
    life.kill();
    life = await bed.start(options);
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    await bed.handled(1);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(await bed.labels()).toEqual(["2"]);
  });

  it("stops the reading of its partition when too many wait, until they are fewer", async () => {
    await using bed = await openBed();
    const count = 40;
    for (let n = 0; n < count; n++) await list(bed, "k", n === 0 ? "later" : String(n));
    const { consumer } = await bed.start({
      handler: later(30_000),
      consumer: { maxParked: 10, buffer: { maxMessages: 4 } },
    });
    await bed.until(async () => (await consumer.status()).streams.some(({ paused }) => paused.length > 0));
    await bed.clock.sleep(5_000);
    expect(await bed.parked()).toBeLessThan(20);
    await bed.handled(count);
    expect(await bed.labels("k")).toEqual(["later", ...Array.from({ length: count - 1 }, (_, n) => String(n + 1))]);
    expect((await consumer.status()).streams.flatMap(({ paused }) => paused)).toEqual([]);
  });
});

describe("a key with more events than memory should hold", () => {
  it("moves to the database, in its order, and lets the rest of its partition flow (O8)", async () => {
    await using bed = await openBed();
    const hot = Array.from({ length: 60 }, (_, n) => `hot${n}`);
    await list(bed, "hot", ...hot);
    await list(bed, "cold", "cold");
    let most = 0;
    await bed.start({
      consumer: { buffer: { maxMessages: 40 } },
      handler: async (_, label) => {
        most = Math.max(most, await bed.parked());
        if (label === "hot0") await bed.clock.sleep(1_000);
      },
    });
    await bed.handled(61);
    expect(await bed.labels("hot")).toEqual(hot);
    expect(most).toBeGreaterThan(0);
    expect(await bed.parked()).toBe(0);
  });
});

describe("the position of a partition that nobody writes to", () => {
  it("stays young, so that the inbox may drop its days (T8)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    await bed.start();
    await bed.handled(1);
    await bed.clock.sleep(1_900_000);
    const cursors = await bed.stores.cursor.list("notifications");
    expect(cursors).toHaveLength(9);
    const oldestMs = Math.min(...cursors.map(({ eventTimeMs }) => eventTimeMs));
    expect(bed.clock.now() - oldestMs).toBeLessThan(700_000);
  });
});
