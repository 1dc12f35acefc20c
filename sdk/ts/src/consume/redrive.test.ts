import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import { redriveMessage, replayMessage } from "../core/dead-letter.ts";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import { TerminalError } from "../core/error.ts";
import { type BedHandler, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";
import { without } from "../testing/stop-at.ts";

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "orders",
    events: [ProductListedSchema],
    labelOf: (data: ProductListed) => data.name,
  });
}

async function list(bed: ConsumerBed, key: string, ...labels: string[]): Promise<void> {
  const price = { minorUnits: 1n, currency: "EUR" };
  await Promise.all(labels.map((name) => bed.publish(ProductListedSchema, { productId: key, name, price })));
}

/** Sends the newest dead letter back. */
async function redrive(bed: ConsumerBed, changes: { readonly messageId?: string } = {}): Promise<void> {
  await bed.relay();
  const letter = (await bed.stored("dlq-orders")).at(-1)!;
  await bed.store({ ...redriveMessage(letter, decodeEnvelope(letter.body)), ...changes });
}

/** Refuses one event until it is told otherwise. */
function refusing(refused: string): { readonly handler: BedHandler; allow(): void; readonly attempts: number[] } {
  const attempts: number[] = [];
  let isAllowed = false;
  return {
    attempts,
    allow: () => {
      isAllowed = true;
    },
    handler({ attempt }, label) {
      if (label !== refused) return;
      attempts.push(attempt);
      if (!isAllowed) throw new TerminalError("hopeless");
    },
  };
}

describe("a redriven event", () => {
  it("runs again under the same id, with its attempts from 1 (T6, T38)", async () => {
    await using bed = await openBed();
    const { handler, allow, attempts } = refusing("1");
    await list(bed, "k", "1", "2");
    await bed.start({ handler });
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    allow();
    await redrive(bed);
    await bed.handled(2);
    expect(await bed.labels()).toEqual(["2", "1"]);
    expect(attempts).toEqual([1, 1]);
    const rows = await bed.database.query(
      bed.database.db,
      "SELECT state, redrives FROM concord_inbox ORDER BY redrives",
    );
    expect(rows).toEqual([
      { state: "done", redrives: 0 },
      { state: "done", redrives: 1 },
    ]);
  });

  it("is swallowed by its own inbox row without the safeguard (T38)", async () => {
    await using bed = await openBed();
    const { handler, allow, attempts } = refusing("1");
    await list(bed, "k", "1");
    await bed.start({ handler, probe: without("redrive-leaves-inbox-row") });
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    allow();
    await redrive(bed);
    await bed.clock.sleep(60_000);
    expect(attempts).toEqual([1]);
  });

  it("runs once when the request is sent twice, also outside the broker's dedupe window", async () => {
    await using bed = await openBed();
    const { handler, allow, attempts } = refusing("1");
    await list(bed, "k", "1");
    await bed.start({ handler });
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    allow();
    await redrive(bed);
    await redrive(bed, { messageId: "again" });
    await bed.handled(1);
    await bed.clock.sleep(60_000);
    expect(attempts).toEqual([1, 1]);
    expect(await bed.deadLetters()).toHaveLength(1);
  });

  it("that fails again is a dead letter of its next number, once", async () => {
    await using bed = await openBed();
    const { handler, allow } = refusing("1");
    await list(bed, "k", "1");
    await bed.start({ handler });
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    await redrive(bed);
    await bed.until(async () => (await bed.deadLetters()).length === 2);
    expect((await bed.deadLetters()).map((letter) => (letter as { redrives?: number }).redrives)).toEqual([0, 1]);
    allow();
    await redrive(bed);
    await bed.handled(1);
    expect(await bed.labels()).toEqual(["1"]);
  });

  it("keeps its bytes, and what could not be read stays a dead letter of its own place", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    const [event] = await bed.stored("evt-inventory");
    await bed.store({ ...event!, body: new Uint8Array([255, 1]), messageId: "x" });
    await bed.start();
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    const [letter] = await bed.stored("dlq-orders");
    await bed.store(redriveMessage(letter!));
    await bed.until(async () => (await bed.deadLetters()).length === 2);
    const letters = await bed.stored("dlq-orders");
    expect(letters.map(({ body }) => [...body])).toEqual([
      [255, 1],
      [255, 1],
    ]);
    expect(await bed.deadLetters()).toMatchObject([
      { redrives: 0, originalSequence: 2n },
      { redrives: 1, originalSequence: 2n },
    ]);
  });

  it("that was handled meanwhile has no second effect", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    await bed.start();
    await bed.handled(1);
    const [event] = await bed.stored("evt-inventory");
    const request = {
      ...event!,
      stream: "rdr-orders",
      subject: `rdr.orders.${event!.subject}`,
      headers: { ...event!.headers, "concord-redrive": "1", "concord-stream": event!.stream, "concord-sequence": "1" },
      messageId: "r",
    };
    await bed.store(request);
    await list(bed, "k", "2");
    await bed.handled(2);
    await bed.clock.sleep(60_000);
    expect(await bed.labels()).toEqual(["1", "2"]);
  });
});

describe("an event of a day that the inbox has dropped", () => {
  const dayMs = 86_400_000;

  /** Nothing runs while days pass: a consumer would look around every ten seconds of them. */
  async function dropDays(bed: ConsumerBed): Promise<void> {
    await list(bed, "k", "1");
    const first = await bed.start();
    await bed.handled(1);
    await first.consumer.drain();
    await bed.clock.sleep(20 * dayMs);
    await list(bed, "k", "2");
    const second = await bed.start();
    await bed.handled(2);
    await second.consumer.drain();
    await bed.database.query(bed.database.db, "UPDATE concord_cursor SET event_time_ms = $1", [bed.clock.now()]);
    await bed.stores.inbox.prune(bed.clock.now() - 7 * dayMs);
    const [late] = await bed.stored("evt-inventory");
    await bed.store({ ...late!, messageId: "late duplicate" });
  }

  it("is a dead letter, never run: nobody can tell whether it was handled (T8)", async () => {
    await using bed = await openBed();
    await dropDays(bed);
    await bed.start();
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "too_old", error: "too_old", attempts: 0 }]);
    expect(await bed.labels()).toEqual(["1", "2"]);
    await redrive(bed);
    await bed.until(async () => (await bed.deadLetters()).length === 2);
    expect(await bed.labels()).toEqual(["1", "2"]);
  });

  it("would have a second effect without the safeguard", async () => {
    await using bed = await openBed();
    await dropDays(bed);
    await bed.start({ probe: without("too-old-handled") });
    await bed.handled(3);
    expect(await bed.labels()).toEqual(["1", "2", "1"]);
  });
});

describe("a replayed event", () => {
  /** Hands every stored event over once more. */
  async function replay(bed: ConsumerBed, messageId: string, again?: number): Promise<void> {
    for (const [index, event] of (await bed.stored("evt-inventory")).entries()) {
      await bed.store({ ...replayMessage(event, { service: "orders", again }), messageId: `${messageId} ${index}` });
    }
  }

  it("that was handled has no second effect", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2");
    await bed.start();
    await bed.handled(2);
    await replay(bed, "replay");
    await bed.clock.sleep(60_000);
    expect(await bed.labels()).toEqual(["1", "2"]);
  });

  it("that was given up on stays a dead letter", async () => {
    await using bed = await openBed();
    const { handler, attempts } = refusing("1");
    await list(bed, "k", "1");
    await bed.start({ handler });
    await bed.until(async () => (await bed.deadLetters()).length === 1);
    await replay(bed, "replay");
    await bed.clock.sleep(60_000);
    expect(attempts).toEqual([1]);
  });

  it("has one more effect for each numbered replay, however often that hands it over", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1", "2");
    await bed.start();
    await bed.handled(2);
    await replay(bed, "first", 5);
    await replay(bed, "first again", 5);
    await bed.handled(4);
    await bed.clock.sleep(60_000);
    expect(await bed.labels()).toEqual(["1", "2", "1", "2"]);
    await replay(bed, "second", 6);
    await bed.handled(6);
    expect(await bed.labels()).toEqual(["1", "2", "1", "2", "1", "2"]);
  });
});
