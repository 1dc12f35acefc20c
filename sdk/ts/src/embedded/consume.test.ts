import { afterEach, beforeEach, expect, it } from "vitest";
import type { Clock } from "../core/clock.ts";
import type { ConsumeRequest, Delivery, Transport } from "../core/transport.ts";
import { openEmbedded } from "./open.ts";

/** A clock that stands until a test moves it, and tells who sleeps. */
function createManualClock() {
  let nowMs = 1_000_000;
  const sleepers = new Map<() => void, number>();
  const clock: Clock = {
    now: () => nowMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const wake = () => {
          sleepers.delete(wake);
          resolve();
        };
        sleepers.set(wake, nowMs + delayMs);
        signal?.addEventListener("abort", () => {
          sleepers.delete(wake);
          reject(signal.reason);
        });
      }),
  };
  const advance = (ms: number) => {
    nowMs += ms;
    for (const [wake, atMs] of [...sleepers]) if (atMs <= nowMs) wake();
  };
  return { ...clock, advance, sleepers };
}

const name = "evt-a";
let clock: ReturnType<typeof createManualClock>;
let transport: Transport;
let ending: AbortController;
beforeEach(async () => {
  clock = createManualClock();
  ending = new AbortController();
  transport = await openEmbedded({ path: ":memory:", clock });
  await transport.provision([
    { name, subjects: ["evt.a.>"], partitions: 8, retentionMs: 60_000, dedupeWindowMs: 10_000 },
  ]);
});
afterEach(async () => {
  ending.abort();
  await transport.close();
});

const publish = (id: string) =>
  transport.publish({ stream: name, subject: "evt.a.0.k.A", messageId: id, headers: {}, body: Buffer.from(id) });
const consume = (request: Partial<ConsumeRequest> = {}) => {
  const { signal } = ending;
  const defaults = { stream: name, durable: "d", filter: "evt.a.>", maxAckPending: 10, ackWaitMs: 1_000, signal };
  const iterator = transport.consume({ ...defaults, ...request })[Symbol.asyncIterator]();
  return async (): Promise<readonly Delivery[]> => (await iterator.next()).value ?? [];
};
/** Lets everything run that can run without time passing. */
const settle = async () => {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
};
const outcome = async (pull: Promise<readonly Delivery[]>) => {
  let found: string | undefined;
  pull
    .then((batch) => (found = batch.map(({ body, deliveries }) => `${Buffer.from(body)}/${deliveries}`).join(" ")))
    .catch(() => {});
  await settle();
  return found;
};

it("sets no timer while there is nothing to deliver again, however many wait", async () => {
  for (let i = 0; i < 60; i++) consume({ durable: `d${i}` })().catch(() => {});
  const request = { stream: name, filter: "evt.a.>", after: 0n, signal: ending.signal };
  for (let i = 0; i < 60; i++)
    transport
      .read(request)
      [Symbol.asyncIterator]()
      .next()
      .catch(() => {});
  await settle();
  expect(clock.sleepers.size).toBe(0);
});

it("delivers again exactly when the acknowledgement wait is over", async () => {
  await publish("1");
  const next = consume();
  await next();
  const again = next();
  clock.advance(999);
  expect(await outcome(again)).toBeUndefined();
  clock.advance(1);
  expect(await outcome(again)).toBe("1/2");
});

it("starts the wait anew with each extension", async () => {
  await publish("1");
  const next = consume();
  const [delivery] = await next();
  const again = next();
  for (let i = 0; i < 5; i++) {
    clock.advance(900);
    delivery!.extend();
    expect(await outcome(again)).toBeUndefined();
  }
  clock.advance(1_000);
  expect(await outcome(again)).toBe("1/2");
});

it.each<[string, (stale: Delivery) => unknown]>([
  ["retry", (stale) => stale.retry(0)],
  ["extension", (stale) => stale.extend()],
])("lets a late %s change nothing when the message was delivered again", async (_, late) => {
  await publish("1");
  const next = consume();
  const [stale] = await next();
  clock.advance(1_000);
  await next();
  clock.advance(500);
  await late(stale!);
  const again = next();
  clock.advance(499);
  expect(await outcome(again)).toBeUndefined();
  clock.advance(1);
  expect(await outcome(again)).toBe("1/3");
});

it("counts a late acknowledgement, whoever has the message by then", async () => {
  await publish("1");
  const next = consume();
  const [stale] = await next();
  clock.advance(1_000);
  await next();
  await stale!.ack();
  const again = next();
  clock.advance(5_000);
  expect(await outcome(again)).toBeUndefined();
});

it("goes on when the message that held a strict consumer's only place is removed", async () => {
  await publish("1");
  await publish("2");
  const next = consume({ maxAckPending: 1 });
  const [delivery] = await next();
  await delivery!.retry(3_600_000);
  const following = next();
  expect(await outcome(following)).toBeUndefined();
  await transport.remove(name, 1n);
  expect(await outcome(following)).toBe("2/1");
});

it("goes on when the message that held a strict consumer's only place expires", async () => {
  await publish("1");
  const next = consume({ maxAckPending: 1 });
  await (await next())[0]!.retry(3_600_000);
  const following = next();
  clock.advance(60_000);
  await publish("2");
  expect(await outcome(following)).toBe("2/1");
});

it("refuses an acknowledgement after the end, and an extension does no harm", async () => {
  await publish("1");
  const [delivery] = await consume()();
  await transport.close();
  await expect(delivery!.ack()).rejects.toMatchObject({ code: "unavailable" });
  await expect(delivery!.retry(0)).rejects.toMatchObject({ code: "unavailable" });
  delivery!.extend();
});

it("deletes what is older than the retention, and counts a dedupe window, by the clock it was given", async () => {
  await publish("1");
  clock.advance(9_999);
  expect(await publish("1")).toMatchObject({ duplicate: true });
  clock.advance(1);
  expect(await publish("1")).toMatchObject({ sequence: 2n, duplicate: false });
  clock.advance(50_000);
  expect(await transport.streamState(name)).toMatchObject({ firstSequence: 2n, messages: 1n });
  clock.advance(10_000);
  expect(await transport.streamState(name)).toMatchObject({ firstSequence: 3n, lastSequence: 2n, messages: 0n });
});
