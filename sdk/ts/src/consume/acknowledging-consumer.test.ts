import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import { redriveMessage } from "../core/dead-letter.ts";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import { ConcordError, RetryLaterError, TerminalError } from "../core/error.ts";
import type { HandlerContext, Publish } from "../core/handler.ts";
import { type Log, silentLog } from "../core/log.ts";
import type { Transport } from "../core/transport.ts";
import { type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";
import { type AcknowledgingConsumerOptions, createAcknowledgingConsumer } from "./acknowledging-consumer.ts";
import type { Consumer } from "./consumer.ts";
import { createRouter } from "./router.ts";

type Handler = (label: string, context: HandlerContext<typeof ProductListedSchema>) => Promise<void> | void;

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

const publish: Publish = async () => ({ id: "x" });

async function start(
  bed: ConsumerBed,
  handler: Handler,
  options: Partial<AcknowledgingConsumerOptions> = {},
): Promise<Consumer> {
  const router = createRouter().on(ProductListedSchema, (context) => handler(context.data.name, context));
  const consumer = createAcknowledgingConsumer({
    service: "orders",
    transport: bed.transport,
    router,
    scopeOf: () => ({ tx: undefined, db: undefined, publish, send: publish, publishAll: async () => [] }),
    clock: bed.clock,
    random: bed.random,
    ...options,
  });
  await consumer.start();
  return consumer;
}

async function letters(bed: ConsumerBed): Promise<readonly unknown[]> {
  const stored = await bed.stored("dlq-orders");
  return stored.map(({ headers }) => [
    headers["concord-reason"],
    headers["concord-error"],
    headers["concord-attempts"],
  ]);
}

describe("a consumer without a database", () => {
  it("handles events in the order of their keys and acknowledges them (S1)", async () => {
    await using bed = await openBed();
    const done: string[] = [];
    await list(bed, "k", "1", "2", "3");
    const consumer = await start(bed, (label) => void done.push(label));
    await bed.until(() => done.length === 3);
    expect(done).toEqual(["1", "2", "3"]);
    await bed.clock.sleep(200_000);
    expect(done).toHaveLength(3);
    await consumer.drain();
  });

  it("waits as long as the SDK computes before it runs an event again, with its key's later ones behind it (T12, T14)", async () => {
    await using bed = await openBed();
    const runs: { label: string; attempt: number; atMs: number }[] = [];
    await list(bed, "k", "1", "2");
    const consumer = await start(bed, (label, { attempt }) => {
      runs.push({ label, attempt, atMs: bed.clock.now() });
      if (label === "1" && attempt < 3) throw new Error("not yet");
    });
    await bed.until(() => runs.length === 4);
    expect(runs.map(({ label, attempt }) => `${label}#${attempt}`)).toEqual(["1#1", "1#2", "1#3", "2#1"]);
    const [first, second, third] = runs;
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(100);
    expect(second!.atMs - first!.atMs).toBeLessThanOrEqual(700);
    expect(third!.atMs - second!.atMs).toBeGreaterThanOrEqual(200);
    await consumer.drain();
  });

  it("does not count a wait that the handler asked for (S4)", async () => {
    await using bed = await openBed();
    const attempts: number[] = [];
    await list(bed, "k", "1");
    const consumer = await start(bed, (_, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length < 8) throw new RetryLaterError({ delayMs: 400 });
    });
    await bed.until(() => attempts.length === 8);
    expect(attempts).toEqual(Array(8).fill(1));
    await consumer.drain();
  });

  it("tells of a wait of more than a second, as it holds the partition back; without order nobody waits (A7)", async () => {
    const warningsIn = async (order: "strict" | "none", delayMs: number) => {
      await using bed = await openBed();
      const told: string[] = [];
      let runs = 0;
      const warn = (_: unknown, message: string) => void told.push(message);
      const log: Log = { ...silentLog, warn, child: () => log };
      await list(bed, "k", "1");
      const handler = () => {
        if (++runs === 1) throw new RetryLaterError({ delayMs });
      };
      const consumer = await start(bed, handler, { log, order });
      await bed.until(() => runs === 2);
      await consumer.drain();
      return told;
    };
    expect(await warningsIn("strict", 1_500)).toEqual(["an event that waits holds its partition"]);
    expect(await warningsIn("strict", 900)).toEqual([]);
    expect(await warningsIn("none", 1_500)).toEqual([]);
  });

  it("stores the dead letter before the event is done, and keeps the event while it cannot (T15)", async () => {
    await using bed = await openBed();
    const handled: string[] = [];
    let refusals = 0;
    const full: Transport = {
      ...bed.transport,
      async publish() {
        refusals++;
        throw new ConcordError("resource_exhausted", "the stream is full");
      },
    };
    const hopeless: Handler = (label) => {
      handled.push(label);
      if (label === "1") throw new TerminalError("hopeless");
    };
    await list(bed, "k", "1", "2");
    const first = await start(bed, hopeless, { transport: full });
    await bed.until(() => refusals > 3);
    await first.drain(100);
    expect([handled, await letters(bed)]).toEqual([["1"], []]);
    const second = await start(bed, hopeless);
    await bed.until(() => handled.includes("2"));
    expect(handled).toEqual(["1", "1", "2"]);
    expect(await letters(bed)).toMatchObject([["terminal", "terminal", "2"]]);
    await second.drain();
  });

  it("gives up after the attempts of the contract (S5)", async () => {
    await using bed = await openBed();
    let runs = 0;
    const done: string[] = [];
    await list(bed, "k", "1", "2");
    const consumer = await start(bed, (label) => {
      if (label === "2") return void done.push(label);
      runs++;
      throw new ConcordError("unavailable", "away");
    });
    await bed.until(() => done.length === 1);
    expect([runs, await letters(bed)]).toEqual([5, [["exhausted", "unavailable", "5"]]]);
    await consumer.drain();
  });

  it("gives up on an event whose runs never end, without another (D4)", async () => {
    await using bed = await openBed();
    await list(bed, "k", "1");
    let runs = 0;
    for (let life = 0; life < 4; life++) {
      const before = runs;
      const dead = new AbortController();
      const transport: Transport = {
        ...bed.transport,
        consume: (request) =>
          bed.transport.consume({ ...request, signal: AbortSignal.any([request.signal, dead.signal]) }),
      };
      // Its handler never ends and its process extends nothing any more.
      const clock = { now: bed.clock.now, sleep: () => new Promise<void>(() => {}) };
      const neverEnds = () => {
        runs++;
        return new Promise<void>(() => {});
      };
      await start(bed, neverEnds, { transport, clock, maxDeliveries: 3 });
      await bed.until(async () => runs > before || (await letters(bed)).length === 1);
      dead.abort();
      await bed.clock.sleep(40_000);
    }
    expect(runs).toBe(3);
    expect(await letters(bed)).toEqual([["exhausted", "exhausted", "3"]]);
  });

  it("keeps a long run to itself, also where another replica asks for work (S6, T10)", async () => {
    await using bed = await openBed();
    let runs = 0;
    await list(bed, "k", "1");
    const slow: Handler = async () => {
      runs++;
      await bed.clock.sleep(3_000);
    };
    const replicas = await Promise.all([1, 2].map(() => start(bed, slow, { ackWaitMs: 1_000 })));
    await bed.clock.sleep(10_000);
    expect(runs).toBe(1);
    await Promise.all(replicas.map((replica) => replica.drain()));
  });

  it("runs each of many slow events once, without order and with one slot (S7, T10)", async () => {
    await using bed = await openBed();
    const runs: string[] = [];
    for (let n = 0; n < 20; n++) await list(bed, `k${n}`, String(n));
    const consumer = await start(
      bed,
      async (label) => {
        runs.push(label);
        await bed.clock.sleep(400);
      },
      { order: "none", concurrency: 1, ackWaitMs: 1_000 },
    );
    await bed.until(() => runs.length >= 20);
    await bed.clock.sleep(5_000);
    expect(runs).toHaveLength(20);
    expect(new Set(runs).size).toBe(20);
    await consumer.drain();
  });

  it("runs as many at once as it may and never more (S9)", async () => {
    await using bed = await openBed();
    let running = 0;
    let most = 0;
    let done = 0;
    for (let n = 0; n < 24; n++) await list(bed, `k${n}`, String(n));
    const consumer = await start(
      bed,
      async () => {
        most = Math.max(most, ++running);
        await bed.clock.sleep(100);
        running--;
        done++;
      },
      { order: "none", concurrency: 4 },
    );
    await bed.until(() => done === 24);
    expect(most).toBe(4);
    await consumer.drain();
  });

  it("lets other partitions pass an event that waits (S10, T27)", async () => {
    await using bed = await openBed();
    const done: string[] = [];
    await list(bed, "a", "waits");
    for (const key of ["b", "c", "d", "e"]) await list(bed, key, key);
    const consumer = await start(
      bed,
      (label) => {
        if (label === "waits" && done.length < 4) throw new RetryLaterError({ delayMs: 2_000 });
        done.push(label);
      },
      { concurrency: 1 },
    );
    await bed.until(() => done.length === 5);
    expect(done.at(-1)).toBe("waits");
    await consumer.drain();
  });

  it("shares its durables with its replicas: each event once (T23)", async () => {
    await using bed = await openBed();
    const done: string[] = [];
    for (let n = 0; n < 20; n++) await list(bed, `k${n}`, String(n));
    const replicas = await Promise.all([1, 2].map(() => start(bed, (label) => void done.push(label))));
    await bed.until(() => done.length >= 20);
    await bed.clock.sleep(100_000);
    expect(done).toHaveLength(20);
    await Promise.all(replicas.map((replica) => replica.drain()));
  });

  it("passes over types that nobody handles (F13), and makes dead letters of bytes that nobody can read", async () => {
    await using bed = await openBed();
    const done: string[] = [];
    await list(bed, "k", "1");
    const [event] = await bed.stored("evt-inventory");
    await bed.store({ ...event!, subject: event!.subject.replace("ProductListed", "Unheard"), messageId: "u" });
    await bed.store({ ...event!, body: new Uint8Array([255]), messageId: "x" });
    await list(bed, "k", "2");
    const consumer = await start(bed, (label) => void done.push(label));
    await bed.until(() => done.length === 2);
    expect(await letters(bed)).toEqual([["undecodable", "undecodable", "0"]]);
    await consumer.drain();
  });

  it("handles a redriven event again", async () => {
    await using bed = await openBed();
    const done: string[] = [];
    let isAllowed = false;
    await list(bed, "k", "1");
    const consumer = await start(bed, (label) => {
      if (!isAllowed) throw new TerminalError("not yet");
      done.push(label);
    });
    await bed.until(async () => (await letters(bed)).length === 1);
    isAllowed = true;
    const [letter] = await bed.stored("dlq-orders");
    await bed.store(redriveMessage(letter!, decodeEnvelope(letter!.body)));
    await bed.until(() => done.length === 1);
    expect(done).toEqual(["1"]);
    await consumer.drain();
  });
});

describe("the drain of a consumer without a database", () => {
  it("finishes what runs, gives the rest back and makes no dead letter (T18, Q1, Q2)", async () => {
    await using bed = await openBed();
    const ended: string[] = [];
    for (let n = 0; n < 6; n++) await list(bed, "k", String(n));
    const consumer = await start(
      bed,
      async (label) => {
        await bed.clock.sleep(500);
        ended.push(label);
      },
      { order: "none", concurrency: 2 },
    );
    await bed.until(async () => (await consumer.status()).running === 2);
    await consumer.drain();
    expect(ended).toHaveLength(2);
    const next: string[] = [];
    const atMs = bed.clock.now();
    const other = await start(bed, (label) => void next.push(label), { order: "none" });
    await bed.until(() => next.length === 4);
    expect(bed.clock.now() - atMs).toBeLessThan(1_000);
    expect([...ended, ...next].toSorted()).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(await letters(bed)).toEqual([]);
    await other.drain();
  });

  it("aborts what overruns; another replica runs it (Q3)", async () => {
    await using bed = await openBed();
    const reasons: unknown[] = [];
    const done: string[] = [];
    await list(bed, "k", "1");
    let started = false;
    const consumer = await start(bed, (_, { signal }) => {
      started = true;
      signal.addEventListener("abort", () => reasons.push((signal.reason as ConcordError).code));
      return new Promise(() => {});
    });
    await bed.until(() => started);
    await consumer.drain(300);
    const other = await start(bed, (label) => void done.push(label));
    await bed.until(() => done.length === 1);
    expect([reasons, await letters(bed)]).toEqual([["canceled"], []]);
    await other.drain();
  });
});
