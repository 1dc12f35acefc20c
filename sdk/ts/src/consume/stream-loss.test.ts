import {
  type ProductListed,
  ProductListedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import { RetryLaterError } from "../core/error.ts";
import type { Log, LogFields } from "../core/log.ts";
import type { StoredMessage } from "../core/message.ts";
import { partitionOf } from "../core/partition.ts";
import type { Cursor } from "../core/store/cursor-store.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import { openEmbedded } from "../embedded/index.ts";
import { type BedHandler, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";
import { without } from "../testing/stop-at.ts";
import { checkStream } from "./stream-check.ts";

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "orders",
    events: [ProductListedSchema],
    labelOf: (data: ProductListed) => data.name,
  });
}

async function list(bed: ConsumerBed, ...labels: string[]): Promise<void> {
  const price = { minorUnits: 1n, currency: "EUR" };
  await Promise.all(labels.map((name) => bed.publish(ProductListedSchema, { productId: "k", name, price })));
}

/** A message of a type that nobody here handles. */
function strayOf(id: string) {
  const subject = `evt.inventory.0.${id}.shop.inventory.v1.Unheard`;
  return { stream: "evt-inventory", subject, messageId: id, headers: {}, body: new Uint8Array() };
}

/** A log that keeps its alarms. */
function alarmLog(): { readonly log: Log; readonly alarms: LogFields[] } {
  const alarms: LogFields[] = [];
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields) => alarms.push(fields),
    child: () => log,
  };
  return { log, alarms };
}

/** A broker whose stream was made anew and has another event where the first one was. */
async function recreated(bed: ConsumerBed, { stream, subject, headers, body }: StoredMessage): Promise<Transport> {
  await bed.clock.sleep(1_000);
  const transport = await openEmbedded({ path: ":memory:", clock: bed.clock });
  const common = { partitions: 8, retentionMs: 1e12, dedupeWindowMs: 120_000 };
  await transport.provision([
    { ...common, name: "evt-inventory", subjects: ["evt.inventory.>"] },
    { ...common, partitions: 1, name: "rdr-orders", subjects: ["rdr.orders.>"] },
  ]);
  await transport.publish({ stream, subject, headers, body, messageId: "again" });
  return transport;
}

/** A consumer that has handled three events and ended. */
async function consumed(): Promise<ConsumerBed> {
  const bed = await openBed();
  await list(bed, "1", "2", "3");
  const life = await bed.start();
  await bed.handled(3);
  await life.consumer.drain();
  return bed;
}

/** The same broker after it lost what its streams held. */
function losing(bed: ConsumerBed, changes: Partial<StreamState>, messages: (sequence: bigint) => bigint): Transport {
  return {
    ...bed.transport,
    async streamState(stream) {
      const state = await bed.transport.streamState(stream);
      return stream === "evt-inventory" && state ? { ...state, ...changes } : state;
    },
    get: (stream, sequence) => bed.transport.get(stream, messages(sequence)),
  };
}

describe("a consumer whose broker lost events", () => {
  it.each([
    ["recreated the stream", { createdAtMs: 1 }, (sequence: bigint) => sequence],
    ["lost the stream's tail", { lastSequence: 2n }, (sequence: bigint) => sequence],
    ["gave its sequences to other events", {}, (sequence: bigint) => sequence - 1n],
  ])("and %s raises an alarm and reads again (T26, T40)", async (_, changes, messages) => {
    await using bed = await consumed();
    const { log, alarms } = alarmLog();
    const [event] = await bed.stored("evt-inventory");
    await bed.database.query(bed.database.db, "DELETE FROM concord_inbox WHERE event_id = $1", [
      (await bed.effects())[0]!.eventId,
    ]);
    expect(event).toBeDefined();
    await bed.start({ consumer: { transport: losing(bed, changes, messages), log } });
    await bed.handled(4);
    expect(await bed.labels()).toEqual(["1", "2", "3", "1"]);
    expect(alarms.filter(({ stream }) => stream === "evt-inventory")).toMatchObject([{ code: "stream_regressed" }]);
  });

  it("parks events of the new stream beside those of the old that have the same sequences (T26)", async () => {
    await using bed = await openBed();
    await list(bed, "1");
    const waits: BedHandler = () => {
      throw new RetryLaterError({ delayMs: 3_600_000 });
    };
    const life = await bed.start({ handler: waits });
    await bed.until(async () => (await bed.parked()) === 1);
    await life.consumer.drain();
    const price = { minorUnits: 1n, currency: "EUR" };
    const partition = partitionOf("k", 8);
    const neighbour = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].find(
      (key) => partitionOf(key, 8) === partition,
    )!;
    await bed.publish(ProductListedSchema, { productId: neighbour, name: "2", price });
    const [, second] = await bed.stored("evt-inventory");
    const ref = { consumer: "orders", stream: "evt-inventory", partition };
    await bed.stores.attempts.begin(ref, 1n);

    await using other = await recreated(bed, second!);
    await bed.start({ handler: waits, consumer: { transport: other } });
    await bed.until(async () => (await bed.parked()) === 2);
    expect(await bed.stores.attempts.begin(ref, 1n)).toBe(1);
  });

  it("would skip what is new there without the safeguard", async () => {
    await using bed = await consumed();
    const { log, alarms } = alarmLog();
    await bed.database.query(bed.database.db, "DELETE FROM concord_inbox");
    const transport = losing(bed, { createdAtMs: 1 }, (sequence) => sequence);
    await bed.start({ consumer: { transport, log }, probe: without("stream-regression-ignored") });
    await bed.clock.sleep(60_000);
    expect([await bed.labels(), alarms]).toEqual([["1", "2", "3"], []]);
  });

  it("raises an alarm with the number of events that expired unread, and goes on behind them", async () => {
    await using bed = await consumed();
    const { log, alarms } = alarmLog();
    await list(bed, "4", "5", "6");
    for (const sequence of [1n, 2n, 3n, 4n, 5n]) await bed.transport.remove("evt-inventory", sequence);
    await bed.start({ consumer: { log } });
    await bed.handled(4);
    expect(await bed.labels()).toEqual(["1", "2", "3", "6"]);
    expect(alarms).toMatchObject([{ code: "position_expired", atMost: "2" }]);
  });

  it("has nothing to say about expired events that were none of its own", async () => {
    await using bed = await openConsumerBed({
      service: "orders",
      events: [ProductListedSchema],
      publishes: [StockReservedSchema],
      labelOf: (data: ProductListed) => data.name,
    });
    const { log, alarms } = alarmLog();
    await list(bed, "1");
    const life = await bed.start({ consumer: { log } });
    await bed.handled(1);
    for (const orderId of ["a", "b", "c", "d"]) await bed.publish(StockReservedSchema, { orderId });
    await bed.clock.sleep(3_600_000);
    await life.consumer.drain();
    for (const sequence of [1n, 2n, 3n, 4n]) await bed.transport.remove("evt-inventory", sequence);
    await list(bed, "2");
    await bed.start({ consumer: { log } });
    await bed.handled(2);
    expect(alarms).toEqual([]);
    expect(await bed.labels()).toEqual(["1", "2"]);
  });

  it("has nothing to say about a stream that was emptied after everything was read", async () => {
    await using bed = await consumed();
    const { log, alarms } = alarmLog();
    for (const orderId of ["a", "b"]) await bed.store(strayOf(orderId));
    const life = await bed.start({ consumer: { log } });
    for (const sequence of [1n, 2n, 3n, 4n, 5n]) await bed.transport.remove("evt-inventory", sequence);
    await bed.clock.sleep(3_600_000);
    await life.consumer.drain();
    await bed.start({ consumer: { log } });
    await list(bed, "4");
    await bed.handled(4);
    expect(alarms).toEqual([]);
  });

  it("has nothing to say about a stream that is as it was", async () => {
    await using bed = await consumed();
    const { log, alarms } = alarmLog();
    await list(bed, "4");
    await bed.start({ consumer: { log } });
    await bed.handled(4);
    expect(alarms).toEqual([]);
  });
});

describe("checkStream", () => {
  const state: StreamState = {
    name: "s",
    firstSequence: 1n,
    lastSequence: 500n,
    messages: 500n,
    partitions: 8,
    createdAtMs: 7,
  };
  const cursor: Cursor = { sequence: 400n, eventId: "", streamCreatedAtMs: 7, eventTimeMs: 0 };
  const transport = { get: async () => undefined };
  const check = (changes: Partial<StreamState>, position: Partial<Cursor> = {}) =>
    checkStream({ transport, state: { ...state, ...changes }, cursor: { ...cursor, ...position }, margin: 100n });

  it("goes back by the margin from the new end, or from the position where that is before", async () => {
    expect(await check({ lastSequence: 390n })).toEqual({ kind: "regressed", why: "shorter", after: 290n });
    expect(await check({ lastSequence: 50n })).toEqual({ kind: "regressed", why: "shorter", after: 0n });
  });

  it("reads a recreated stream from its start", async () => {
    expect(await check({ createdAtMs: 8, firstSequence: 10n })).toEqual({
      kind: "regressed",
      why: "recreated",
      after: 9n,
    });
  });

  it("counts what is gone", async () => {
    expect(await check({ firstSequence: 431n })).toEqual({ kind: "expired", count: 30n, after: 430n });
    expect(await check({ firstSequence: 401n })).toEqual({ kind: "unchanged" });
    expect(await check({ firstSequence: 501n, messages: 0n }, { sequence: 500n })).toEqual({ kind: "unchanged" });
  });

  it("alarms nobody about a position that never moved", async () => {
    expect(await check({ createdAtMs: 8 }, { sequence: 0n })).toEqual({ kind: "unchanged" });
  });

  it("takes a message that was deleted alone for what it was", async () => {
    expect(await check({}, { eventId: "known" })).toEqual({ kind: "unchanged" });
  });
});
