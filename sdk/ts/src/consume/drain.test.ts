import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationChannel, NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { describe, expect, it } from "vitest";
import type { ConcordError } from "../core/error.ts";
import { type BedConsumer, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";
import { without } from "../testing/stop-at.ts";

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

describe("a drain", () => {
  it("finishes what runs, forgets what is buffered and stores the position (T18)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2", "3");
    const runs: string[] = [];
    const handler = async (_: unknown, label: string) => {
      runs.push(label);
      await bed.clock.sleep(1_000);
    };
    const first = await bed.start({ handler });
    await bed.until(() => runs.length === 1);
    await first.consumer.drain();
    expect([runs, await bed.labels()]).toEqual([["1"], ["1"]]);
    expect(await bed.positions("evt-inventory")).toContain(1n);
    expect(await bed.deadLetters()).toEqual([]);
    await bed.start({ handler });
    await bed.handled(3);
    expect(await bed.labels()).toEqual(["1", "2", "3"]);
  });

  it("aborts what does not end in time, and counts no attempt for it (T18)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    const reasons: unknown[] = [];
    const attempts: number[] = [];
    const first = await bed.start({
      handler: ({ attempt, signal }) => {
        attempts.push(attempt);
        signal.addEventListener("abort", () => reasons.push((signal.reason as ConcordError).code));
        return new Promise(() => {});
      },
    });
    await bed.until(() => attempts.length === 1);
    await first.consumer.drain(500);
    await bed.start({ handler: ({ attempt }) => void attempts.push(attempt) });
    await bed.handled(1);
    expect([reasons, attempts]).toEqual([["canceled"], [1, 1]]);
  });

  it("leaves the attempts of a parked event as they were", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    const attempts: number[] = [];
    const start = (handler: (context: { attempt: number }) => void | Promise<void>): Promise<BedConsumer> =>
      bed.start({ handler, inbox: { parkAboveMs: 0 } });
    let life = await start(({ attempt }) => {
      attempts.push(attempt);
      if (attempt === 1) throw new Error("once");
      return new Promise(() => {});
    });
    await bed.until(() => attempts.length === 2);
    await life.consumer.drain(100);
    life = await start(({ attempt }) => void attempts.push(attempt));
    await bed.handled(1);
    expect(attempts).toEqual([1, 2, 2]);
  });
});

describe("a handler that takes too long", () => {
  it("is timed out, counted, and what it does afterwards is void (T27)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2");
    const late: unknown[] = [];
    await bed.start({
      consumer: { handlerTimeoutMs: 1_000 },
      handler: async ({ attempt, publish, tx, envelope }, label) => {
        if (label !== "1" || attempt > 1) return;
        await bed.clock.sleep(5_000);
        const channel = NotificationChannel.EMAIL;
        await publish(NotificationSentSchema, { notificationId: "n", userId: "u", channel }).catch((e) => late.push(e));
        const write = tx.query("INSERT INTO effect (label, event_id) VALUES ('late', $1)", [envelope.id]);
        await write.catch((e) => late.push(e));
      },
    });
    await bed.handled(2);
    await bed.until(() => late.length === 2);
    await bed.relay();
    expect(late).toMatchObject([{ code: "outside_transaction" }, { code: "outside_transaction" }]);
    expect((await bed.effects()).map(({ label, attempt }) => `${label}#${attempt}`)).toEqual(["1#2", "2#1"]);
    expect(await bed.stored("evt-notifications")).toEqual([]);
  });
});

describe("safeguards that only this shows", () => {
  it("drain: without it an attempt is counted that nobody let finish", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    const attempts: number[] = [];
    const options = { inbox: { parkAboveMs: 0 }, probe: without("attempts-counted-on-drain") };
    const life = await bed.start({
      ...options,
      handler: ({ attempt }) => {
        attempts.push(attempt);
        if (attempt === 1) throw new Error("once");
        return new Promise(() => {});
      },
    });
    await bed.until(() => attempts.length === 2);
    await life.consumer.drain(100);
    await bed.start({ ...options, handler: ({ attempt }) => void attempts.push(attempt) });
    await bed.handled(1);
    expect(attempts).toEqual([1, 2, 3]);
  });
});
