import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { describe, expect, it } from "vitest";
import { ConcordError, RetryLaterError } from "../core/error.ts";
import type { ReadRequest, Transport } from "../core/transport.ts";
import { type BedConsumer, type BedHandler, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";

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

  it("does so also when it was parked, and parked again by sessions in between that ended in order", async () => {
    await using bed = await openBed();
    await list(bed, "b", "b1");
    const later: BedHandler = () => {
      throw new RetryLaterError({ delayMs: 60_000 });
    };
    let deaths = 0;
    while ((await bed.deadLetters()).length === 0 && deaths < 12) {
      let ran = false;
      const waiting = await bed.start({
        handler: (...call) => {
          ran = true;
          return later(...call);
        },
      });
      await bed.until(async () => (ran && (await bed.parked()) === 1) || (await bed.deadLetters()).length > 0);
      await waiting.consumer.drain();
      const before = deaths;
      const life: BedConsumer = await bed.start({
        handler: () => {
          deaths++;
          life.kill();
          return new Promise(() => {});
        },
      });
      await bed.until(async () => deaths > before || (await bed.deadLetters()).length > 0);
    }
    expect(await bed.deadLetters()).toMatchObject([{ reason: "exhausted" }]);
  }, 60_000);

  it.each([
    ["ended in order before they came to it", "end"],
    ["lost their connection to the broker before they came to it", "disconnect"],
  ])("does so also when sessions in between %s", async (_, interlude) => {
    await using bed = await openBed();
    await list(bed, "b", "b1");
    let runs = 0;
    let lives = 0;
    while ((await bed.deadLetters()).length === 0 && lives++ < 12) {
      const before = runs;
      const handler: BedHandler = () => {
        runs++;
        life.kill();
        return new Promise(() => {});
      };
      if (interlude === "end") await startAndStop(bed);
      const transport = interlude === "disconnect" ? failingFirst(bed.transport) : bed.transport;
      const life: BedConsumer = await bed.start({ handler, consumer: { transport } });
      await bed.until(async () => runs > before || (await bed.deadLetters()).length > 0);
    }
    expect(await bed.deadLetters()).toMatchObject([{ reason: "exhausted" }]);
    expect(runs).toBeLessThanOrEqual(6);
  });
});

describe("an event that was under way when its process died", () => {
  it("is not held guilty of stops in order that cut its runs off", async () => {
    await using bed = await openBed();
    await list(bed, "slow", "s1");
    let runs = 0;
    const stuck: BedHandler = ({ signal }) => {
      runs++;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const first = await bed.start({ handler: stuck });
    await bed.until(() => runs === 1);
    first.kill();
    for (let stops = 1; stops <= 8; stops++) {
      const { consumer } = await bed.start({ handler: stuck });
      await bed.until(() => runs === 1 + stops);
      await consumer.drain(0);
    }
    await bed.start();
    await bed.handled(1);
    expect(await bed.deadLetters()).toEqual([]);
  });
});

/** A life that reads nothing: its broker is silent. */
async function startAndStop(bed: ConsumerBed): Promise<void> {
  const transport: Transport = { ...bed.transport, read: silence };
  const { consumer } = await bed.start({ consumer: { transport } });
  await bed.until(async () => (await consumer.status()).streams.every(({ partitions }) => partitions.length > 0));
  await bed.clock.sleep(1_000);
  await consumer.drain();
}

async function* silence({ signal }: ReadRequest): AsyncGenerator<never> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

/** The first reading of each stream breaks before anything has come. */
function failingFirst(transport: Transport): Transport {
  const failed = new Set<string>();
  return {
    ...transport,
    async *read(request) {
      if (!failed.has(request.stream)) {
        failed.add(request.stream);
        throw new ConcordError("unavailable", "the connection is gone");
      }
      yield* transport.read(request);
    },
  };
}
