import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationChannel, NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { describe, expect, it } from "vitest";
import { ConcordError, TerminalError } from "../core/error.ts";
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

describe("a consumer with a database", () => {
  it("handles each event once, per key in the order of the stream", async () => {
    await using bed = await openBed();
    for (let n = 1; n <= 20; n++) await list(bed, `k${n % 4}`, String(n));
    await bed.start();
    await bed.handled(20);
    expect(await bed.labels("k1")).toEqual(["1", "5", "9", "13", "17"]);
    expect(await bed.labels("k0")).toEqual(["4", "8", "12", "16", "20"]);
  });

  it("retries a failed event before the later ones of its key, while others go on (T14, T27)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2", "3");
    await list(bed, "m", "4");
    const order: string[] = [];
    await bed.start({
      consumer: { concurrency: 1 },
      handler: ({ attempt }, label) => {
        order.push(label);
        if (label === "1" && attempt < 3) throw new Error("not yet");
      },
    });
    await bed.handled(4);
    expect(await bed.labels("k")).toEqual(["1", "2", "3"]);
    expect((await bed.effects()).map(({ label, attempt }) => `${label}#${attempt}`)).toContain("1#3");
    expect(order.indexOf("4")).toBeLessThan(order.lastIndexOf("1"));
  });

  it("rolls back what a failed attempt wrote and published, its inbox row included (T7)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    await bed.start({
      handler: async ({ attempt, publish, tx, envelope }) => {
        const channel = NotificationChannel.EMAIL;
        await publish(NotificationSentSchema, { notificationId: `n${attempt}`, userId: "u", channel });
        await tx.query("INSERT INTO effect (label, event_id) VALUES ($1, $2)", [`try ${attempt}`, envelope.id]);
        if (attempt < 3) throw new Error("not yet");
      },
    });
    await bed.handled(1);
    await bed.relay();
    expect(await bed.labels()).toEqual(["try 3", "1"]);
    expect(await bed.stored("evt-notifications")).toHaveLength(1);
  });

  it("makes a dead letter of an event that it gives up, and goes on with its key (F14)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2");
    await bed.start({
      handler: (_, label) => {
        if (label === "1") throw new TerminalError("hopeless");
      },
    });
    await bed.handled(1);
    expect(await bed.labels("k")).toEqual(["2"]);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "terminal", error: "terminal", attempts: 1 }]);
  });

  it("gives up after the attempts of the contract, with the code of the last failure", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2");
    let runs = 0;
    await bed.start({
      inbox: { parkAboveMs: 1e9 },
      handler: (_, label) => {
        if (label === "2") return;
        runs++;
        throw new ConcordError("unavailable", "the mail server is away");
      },
    });
    await bed.handled(1);
    expect(runs).toBe(5);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "exhausted", error: "unavailable", attempts: 5 }]);
  });

  it("keeps what cannot be read as dead letters of its bytes, once each, and goes on", async () => {
    await using bed = await openBed();
    const [event] = await list(bed, "k", "1");
    const broken = {
      "no envelope": { ...event!, body: new Uint8Array([255]), messageId: "a" },
      "another key": { ...event!, subject: event!.subject.replace(".k.", ".m."), messageId: "b" },
      "a later version": {
        ...event!,
        headers: { "content-type": "application/vnd.concord.envelope.v9" },
        messageId: "c",
      },
    };
    for (const message of Object.values(broken)) await bed.store(message);
    await list(bed, "k", "2");
    const { kill } = await bed.start();
    await bed.handled(2);
    await bed.until(async () => (await bed.deadLetters()).length === 3);
    kill();
    expect((await bed.deadLetters()).map(({ reason, error }) => `${reason} ${error}`).toSorted()).toEqual([
      "invalid subject_mismatch",
      "invalid unsupported_content_type",
      "undecodable undecodable",
    ]);
    await bed.database.query(bed.database.db, "DELETE FROM concord_cursor");
    await bed.start();
    await list(bed, "k", "3");
    await bed.handled(3);
    expect(await bed.deadLetters()).toHaveLength(3);
  });

  it("makes a dead letter of an event that breaks its contract, without running it", async () => {
    await using bed = await openBed();
    const [event] = await list(bed, "k", "1");
    const { create, toBinary } = await import("@bufbuild/protobuf");
    const { encodeEnvelope } = await import("../core/envelope/encode-envelope.ts");
    const { decodeEnvelope } = await import("../core/envelope/decode-envelope.ts");
    const data = toBinary(ProductListedSchema, create(ProductListedSchema, { productId: "k" }));
    const envelope = { ...decodeEnvelope(event!.body), id: "other", data };
    await bed.store({ ...event!, body: encodeEnvelope(envelope), messageId: "x" });
    await bed.start();
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    expect(await bed.labels()).toEqual(["1"]);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "invalid", error: "invalid_data", attempts: 0 }]);
  });

  it("passes over types that nobody handles, without a row or a dead letter (F13)", async () => {
    await using bed = await openBed();
    const [event] = await list(bed, "k", "1");
    await bed.store({ ...event!, subject: event!.subject.replace("ProductListed", "Unheard"), messageId: "x" });
    await list(bed, "k", "2");
    await bed.start();
    await bed.handled(2);
    expect(await bed.database.query(bed.database.db, "SELECT 1 FROM concord_inbox")).toHaveLength(2);
    expect(await bed.deadLetters()).toEqual([]);
  });

  it("has one effect of an event that stands in the stream twice (T5), and of the same id of another source two", async () => {
    await using bed = await openBed();
    const [event] = await list(bed, "k", "1");
    await bed.store({ ...event!, messageId: "again" });
    const { encodeEnvelope } = await import("../core/envelope/encode-envelope.ts");
    const { decodeEnvelope } = await import("../core/envelope/decode-envelope.ts");
    const envelope = { ...decodeEnvelope(event!.body), source: "/other" };
    await bed.store({ ...event!, body: encodeEnvelope(envelope), messageId: "other" });
    await list(bed, "k", "2");
    await bed.start();
    await bed.handled(3);
    expect(await bed.labels()).toEqual(["1", "1", "2"]);
  });

  it("never runs more handlers at once than it may", async () => {
    await using bed = await openBed();
    for (let n = 0; n < 12; n++) await list(bed, `k${n}`, String(n));
    let running = 0;
    let most = 0;
    // Outside of SQLite's one transaction at a time, handlers would overlap as far as there are slots.
    const { consumer } = await bed.start({ consumer: { concurrency: 3 } });
    void (async () => {
      for (;;) {
        running = (await consumer.status()).running;
        most = Math.max(most, running);
        await bed.clock.sleep(1);
      }
    })();
    await bed.handled(12);
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe("an operation that the contract names", () => {
  it("has one effect, whichever of its events comes first (U3)", async () => {
    await using bed = await openConsumerBed({
      service: "orders",
      events: [NotificationSentSchema],
      labelOf: ({ template }: { template: string }) => template,
    });
    const sent = { notificationId: "n1", userId: "u", channel: NotificationChannel.EMAIL };
    await bed.publish(NotificationSentSchema, { ...sent, template: "a" });
    await bed.publish(NotificationSentSchema, { ...sent, template: "b" });
    await bed.publish(NotificationSentSchema, { ...sent, notificationId: "n2", template: "c" });
    await bed.start();
    await bed.handled(2);
    expect(await bed.labels()).toEqual(["a", "c"]);
  });
});

describe("a database that refuses", () => {
  it.each(["transaction_conflict", "unavailable"] as const)(
    "%s repeats the event and counts no attempt (I6)",
    async (code) => {
      await using bed = await openBed();
      await list(bed, "k", "1");
      let failures = 0;
      const database: typeof bed.database = {
        ...bed.database,
        transaction: (run, options) =>
          bed.database.transaction(async (tx) => {
            const result = await run(tx);
            if (failures++ < 8) throw new ConcordError(code, "the database says no");
            return result;
          }, options),
      };
      await bed.start({ inbox: { database } });
      await bed.handled(1);
      expect(await bed.effects()).toMatchObject([{ attempt: 1 }]);
      expect(await bed.deadLetters()).toEqual([]);
    },
  );

  it("is not confused with a service that the handler calls: that failure counts", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    await bed.start({
      handler: ({ attempt }) => {
        if (attempt === 1) throw new ConcordError("unavailable", "the price service is away");
      },
    });
    await bed.handled(1);
    expect(await bed.effects()).toMatchObject([{ attempt: 2 }]);
  });
});
