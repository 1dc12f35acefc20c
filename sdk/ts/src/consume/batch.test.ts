import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationChannel, NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { type OrderCreated, OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { describe, expect, it } from "vitest";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import { ConcordError, RetryLaterError, TerminalError } from "../core/error.ts";
import type { Mutation, Probe } from "../core/probe.ts";
import { type BedConsumerOptions, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";

const price = { minorUnits: 1n, currency: "EUR" };
/** All keys of these tests are in one partition. */
const [k, l] = ["k0", "k8"];

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "notifications",
    events: [ProductListedSchema],
    publishes: [NotificationSentSchema],
    labelOf: (data: ProductListed) => data.name,
  });
}

async function list(bed: ConsumerBed, ...events: (readonly [key: string, label: string])[]) {
  return Promise.all(events.map(([productId, name]) => bed.publish(ProductListedSchema, { productId, name, price })));
}

/** Starts a consumer that takes all that is there as one batch, and counts the transactions of events that it commits. */
async function start(bed: ConsumerBed, options: BedConsumerOptions = {}, mutation?: Mutation) {
  let commits = 0;
  const probe: Probe = {
    without: (name) => name === mutation,
    reach: async (point) => {
      if (point === "inbox.commit") commits++;
    },
  };
  const consumer = { batch: { maxEvents: 50, maxWaitMs: 10 }, ...options.consumer };
  const started = await bed.start({ ...options, probe, consumer });
  return {
    ...started,
    get commits() {
      return commits;
    },
  };
}

describe("a batch", () => {
  it("handles many events in one transaction, in the order of the stream", async () => {
    await using bed = await openBed();
    await list(bed, [k, "1"], [l, "2"], [k, "3"], [k, "4"], [l, "5"]);
    const started = await start(bed);
    await bed.handled(5);
    expect(await bed.labels()).toEqual(["1", "2", "3", "4", "5"]);
    expect(started.commits).toBe(1);
    await bed.until(async () => (await bed.positions("evt-inventory")).includes(5n));
  });

  it("stores what its handlers publish in the same transaction, each with its own cause", async () => {
    await using bed = await openBed();
    const causes = await list(bed, [k, "1"], [l, "2"], [k, "3"]);
    const started = await start(bed, {
      handler: async ({ publish, envelope }) => {
        const notification = { notificationId: envelope.id, userId: "u", channel: NotificationChannel.EMAIL };
        await publish(NotificationSentSchema, notification);
      },
    });
    await bed.handled(3);
    await bed.relay();
    const answers = (await bed.stored("evt-notifications")).map(({ body }) => decodeEnvelope(body).causationId);
    expect(answers.toSorted()).toEqual(causes.map(({ body }) => decodeEnvelope(body).id).toSorted());
    expect(started.commits).toBe(1);
  });

  it("is rolled back when one of its events fails, and each goes alone: its effects are there once", async () => {
    await using bed = await openBed();
    await list(bed, [k, "1"], [l, "2"], [k, "3"], [l, "4"]);
    const runs: string[] = [];
    const started = await start(bed, {
      handler: async ({ attempt, publish, envelope }, label) => {
        runs.push(`${label}#${attempt}`);
        const notification = { notificationId: envelope.id, userId: "u", channel: NotificationChannel.EMAIL };
        await publish(NotificationSentSchema, notification);
        if (label === "3" && attempt < 3) throw new Error("not yet");
      },
    });
    await bed.handled(4);
    await bed.relay();
    expect([await bed.labels(k), await bed.labels(l)]).toEqual([
      ["1", "3"],
      ["2", "4"],
    ]);
    expect(await bed.stored("evt-notifications")).toHaveLength(4);
    expect(started.commits).toBe(4);
    expect(runs.slice(0, 3)).toEqual(["1#1", "2#1", "3#1"]);
    expect(runs.filter((run) => run.startsWith("3"))).toEqual(["3#1", "3#1", "3#2", "3#3"]);
  });

  it("gives an event up that is hopeless, and no other", async () => {
    await using bed = await openBed();
    await list(bed, [k, "1"], [k, "2"], [l, "3"]);
    await start(bed, {
      handler: (_, label) => {
        if (label === "1") throw new TerminalError("hopeless");
      },
    });
    await bed.handled(2);
    expect((await bed.labels()).toSorted()).toEqual(["2", "3"]);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "terminal", attempts: 1 }]);
  });

  it("makes a dead letter of bytes that nobody can read, and handles what stands beside them", async () => {
    await using bed = await openBed();
    const [first] = await list(bed, [k, "1"]);
    await bed.store({ ...first!, messageId: "broken", body: Uint8Array.of(255) });
    await list(bed, [l, "2"]);
    await start(bed);
    await bed.handled(2);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "undecodable" }]);
  });

  it("parks an event that waits long; a later batch goes by it, with the tail of its key parked (T11)", async () => {
    await using bed = await openBed();
    await list(bed, [k, "later"], [k, "2"], [l, "3"]);
    let waits = 0;
    const started = await start(bed, {
      handler: (_, label) => {
        // In the batch, and alone.
        if (label === "later" && waits++ < 2) throw new RetryLaterError({ delayMs: 60_000 });
      },
    });
    await bed.until(async () => (await bed.parked()) === 2);
    const before = started.commits;
    await list(bed, [k, "4"], [l, "5"], [l, "6"], [k, "7"]);
    await bed.until(async () => (await bed.parked()) === 4);
    expect(await bed.labels()).toEqual(["3", "5", "6"]);
    expect(started.commits).toBe(before + 1);
    await bed.handled(7);
    expect(await bed.labels(k)).toEqual(["later", "2", "4", "7"]);
  });

  it("knows events that were handled before, and an event that stands in it twice (T5)", async () => {
    await using bed = await openBed();
    const [first] = await list(bed, [k, "1"], [l, "2"]);
    const before = await start(bed);
    await bed.handled(2);
    await before.consumer.drain();
    await bed.store({ ...first!, messageId: "again" });
    const [third] = await list(bed, [k, "3"]);
    await bed.store({ ...third!, messageId: "again too" });
    const started = await start(bed);
    await bed.handled(3);
    await bed.until(async () => (await bed.positions("evt-inventory")).includes(5n));
    expect(await bed.labels()).toEqual(["1", "2", "3"]);
    expect(started.commits).toBe(1);
  });

  it("counts no attempt when the database ends its transaction", async () => {
    await using bed = await openBed();
    await list(bed, [k, "1"], [l, "2"]);
    const attempts: string[] = [];
    await start(bed, {
      handler: ({ attempt }, label) => {
        attempts.push(`${label}#${attempt}`);
        if (attempts.length === 2) throw new ConcordError("transaction_conflict", "a deadlock");
      },
    });
    await bed.handled(2);
    expect(attempts).toEqual(["1#1", "2#1", "1#1", "2#1"]);
    expect(await bed.deadLetters()).toEqual([]);
  });

  it("that is aborted at the end of a drain leaves no trace", async () => {
    await using bed = await openBed();
    await list(bed, [k, "1"], [l, "2"]);
    const stuck = Promise.withResolvers<void>();
    const first = await start(bed, {
      handler: (_, label) => {
        if (label !== "2") return;
        stuck.resolve();
        return new Promise(() => {});
      },
    });
    await stuck.promise;
    await first.consumer.drain(500);
    expect(await bed.effects()).toEqual([]);
    await start(bed);
    await bed.handled(2);
    expect((await bed.effects()).map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it("never has an event in it that may have killed the process; that one is a dead letter in the end (T10)", async () => {
    await using bed = await openBed();
    await list(bed, [k, "1"], [l, "killer"], [k, "2"], [l, "3"]);
    let runs = 0;
    for (let lives = 0; (await bed.labels()).length < 3 && lives < 12; lives++) {
      const life = await start(bed, {
        handler: (_, label) => {
          if (label !== "killer") return;
          runs++;
          life.kill();
          return new Promise(() => {});
        },
      });
      const before = runs;
      await bed.until(async () => runs > before || (await bed.labels()).length === 3);
    }
    expect((await bed.labels()).toSorted()).toEqual(["1", "2", "3"]);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "exhausted" }]);
    expect(runs).toBeLessThanOrEqual(6);
  });

  it("would let an event of a parked key pass, with the fault no-tail-parking", async () => {
    await using bed = await openBed();
    await list(bed, [k, "later"], [k, "2"]);
    const handler = (_: unknown, label: string) => {
      if (label === "later") throw new RetryLaterError({ delayMs: 60_000 });
    };
    await start(bed, { handler }, "no-tail-parking");
    await bed.until(async () => (await bed.parked()) === 1);
    await list(bed, [k, "3"], [k, "4"]);
    await bed.handled(3);
    expect(await bed.labels(k)).toEqual(["2", "3", "4"]);
  });
});

describe("an operation that events of one batch name twice", () => {
  it("has one effect", async () => {
    await using bed = await openConsumerBed({
      service: "inventory",
      events: [OrderCreatedSchema],
      labelOf: (data: OrderCreated) => data.userId,
    });
    const line = { productId: "kb", name: "Keyboard", quantity: 1, unitPrice: price };
    for (const userId of ["ada", "bob"]) {
      await bed.publish(OrderCreatedSchema, { orderId: "o-1", userId, lines: [line], total: price });
    }
    const started = await start(bed);
    await bed.until(async () => (await bed.positions("evt-orders")).includes(2n));
    expect(await bed.labels()).toEqual(["ada"]);
    expect(started.commits).toBe(1);
  });
});
