import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import type { PartitionShare } from "../core/partition-share.ts";
import type { LeaseStore } from "../core/store/lease-store.ts";
import { createLeaseHolder } from "../lease/lease-holder.ts";
import { type BedConsumer, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";

const ttlMs = 3_000;

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "orders",
    events: [ProductListedSchema],
    labelOf: (data: ProductListed) => data.name,
  });
}

async function list(bed: ConsumerBed, from: number, to: number): Promise<void> {
  const price = { minorUnits: 1n, currency: "EUR" };
  const events = Array.from({ length: to - from }, (_, n) => ({
    productId: `k${(from + n) % 10}`,
    name: `${from + n}`,
    price,
  }));
  await Promise.all(events.map((event) => bed.publish(ProductListedSchema, event)));
}

/** A replica that takes part by leases in the service's database, until it dies. */
async function replica(bed: ConsumerBed, owner: string, handlerMs = 0): Promise<BedConsumer> {
  const never = new Promise<never>(() => {});
  let isDead = false;
  const store: LeaseStore = {
    ...bed.stores.lease,
    balance: (request) => (isDead ? never : bed.stores.lease.balance(request)),
  };
  const share: PartitionShare = (request) => createLeaseHolder({ store, owner, ttlMs, clock: bed.clock, ...request });
  const handler = () => (handlerMs > 0 ? bed.clock.sleep(handlerMs) : undefined);
  const life = await bed.start({ consumer: { share }, handler });
  return {
    ...life,
    kill() {
      isDead = true;
      life.kill();
    },
  };
}

async function held({ consumer }: BedConsumer): Promise<readonly number[]> {
  const { streams } = await consumer.status();
  return streams.find(({ stream }) => stream === "evt-inventory")?.partitions ?? [];
}

async function inOrder(bed: ConsumerBed): Promise<boolean> {
  const numbers = await Promise.all(Array.from({ length: 10 }, (_, key) => bed.labels(`k${key}`)));
  return numbers.every((labels) => labels.every((label, at) => at === 0 || Number(labels[at - 1]) < Number(label)));
}

describe("replicas of a service", () => {
  it("share the partitions, hand them over at a drain, and handle each event once, in order (T3)", async () => {
    await using bed = await openBed();
    await list(bed, 0, 60);
    const first = await replica(bed, "a", 20);
    await bed.until(async () => (await held(first)).length === 8, "the first holds all");
    const second = await replica(bed, "b", 20);
    await bed.until(async () => (await held(first)).length === 4 && (await held(second)).length === 4, "they share");
    await list(bed, 60, 120);
    await bed.clock.sleep(300);
    const leftAtMs = bed.clock.now();
    await first.consumer.drain();
    await bed.until(async () => (await held(second)).length === 8, "the second holds all");
    expect(bed.clock.now() - leftAtMs).toBeLessThan(ttlMs);
    await list(bed, 120, 140);
    await bed.handled(140);
    await bed.clock.sleep(10_000);
    expect((await bed.labels()).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 140 }, (_, n) => `${n}`),
    );
    expect(await inOrder(bed)).toBe(true);
  });

  it("take over from one that died, within two lease times (F22)", async () => {
    await using bed = await openBed();
    const first = await replica(bed, "a");
    await bed.until(async () => (await held(first)).length === 8);
    const second = await replica(bed, "b");
    await bed.until(async () => (await held(second)).length === 4);
    await list(bed, 0, 40);
    first.kill();
    const killedAtMs = bed.clock.now();
    await bed.until(async () => (await held(second)).length === 8);
    expect(bed.clock.now() - killedAtMs).toBeLessThan(2 * ttlMs);
    await bed.handled(40);
    expect(await inOrder(bed)).toBe(true);
  });

  it("goes on in the stream's order from the stored position, where a broker would redeliver 6-10 before 1-5 (T37)", async () => {
    await using bed = await openBed();
    const price = { minorUnits: 1n, currency: "EUR" };
    const list = (name: number) => bed.publish(ProductListedSchema, { productId: "k", name: `${name}`, price });
    for (let name = 1; name <= 10; name++) await list(name);
    const first = await replica(bed, "a", 500);
    await bed.handled(2);
    first.kill();
    await bed.clock.sleep(1_000);
    const done = (await bed.labels()).length;
    expect(done).toBeLessThan(5);
    for (let name = 11; name <= 14; name++) await list(name);
    await replica(bed, "b");
    await bed.handled(14);
    await bed.clock.sleep(10_000);
    expect(await bed.labels("k")).toEqual(Array.from({ length: 14 }, (_, index) => `${index + 1}`));
  });

  it("stay right when two believe that they hold everything (T31)", async () => {
    await using bed = await openBed();
    await list(bed, 0, 100);
    const lives = await Promise.all([bed.start(), bed.start()]);
    await bed.handled(100);
    await bed.clock.sleep(10_000);
    expect(await bed.labels()).toHaveLength(100);
    expect(await inOrder(bed)).toBe(true);
    await Promise.all(lives.map(({ consumer }) => consumer.drain()));
  });
});
