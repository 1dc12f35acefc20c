import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { numbered, openBed, text } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";

/** A broker's timer may fire this much early by another clock, in milliseconds. */
const earlyMs = 20;

/** What happens to a delivery that is not acknowledged. */
export function redelivery(settings: TransportSettings): void {
  const { ackWaitMs } = settings;

  describe.concurrent("delivering again", () => {
    it("delivers again what nobody acknowledged in time, and counts", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      const consumer = stream.consume({ ackWaitMs });
      const start = performance.now();
      for (const deliveries of [1, 2, 3]) expect(await consumer.next()).toMatchObject({ sequence: 1n, deliveries });
      expect(performance.now() - start).toBeGreaterThanOrEqual(2 * (ackWaitMs - earlyMs));
    });

    it("gives what a consumer left behind to another one", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      const first = stream.consume({ ackWaitMs });
      await first.next();
      await first.end();
      const again = await stream.consume({ ackWaitMs }).next();
      expect(again.sequence).toBe(1n);
      expect(again.deliveries).toBeGreaterThanOrEqual(2);
    });

    it("waits as long as a retry says, not less (T12)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      const consumer = stream.consume();
      const first = await consumer.next();
      const start = performance.now();
      await first.retry(400);
      const again = await consumer.next();
      expect(again.deliveries).toBe(2);
      expect(performance.now() - start).toBeGreaterThanOrEqual(400 - earlyMs);
    });

    it("waits longer than the acknowledgement wait when a retry says so", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      const consumer = stream.consume({ ackWaitMs });
      const first = await consumer.next();
      const start = performance.now();
      await first.retry(2 * ackWaitMs);
      await consumer.next();
      expect(performance.now() - start).toBeGreaterThanOrEqual(2 * ackWaitMs - earlyMs);
    });

    it("delivers other messages while one waits for its retry", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(3));
      const consumer = stream.consume();
      const [first, ...others] = await consumer.take(3);
      await first!.retry(300);
      for (const delivery of others) await delivery.ack();
      await stream.publish({ body: "4" });
      expect((await consumer.take(2)).map(text)).toEqual(["4", "1"]);
    });

    it("delivers a message at once when the retry says zero", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      const consumer = stream.consume();
      await (await consumer.next()).retry(0);
      expect(await consumer.next()).toMatchObject({ sequence: 1n, deliveries: 2 });
    });

    it("holds back a message whose work goes on, through three acknowledgement waits", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({ body: "long" });
      const consumer = stream.consume({ ackWaitMs });
      const long = await consumer.next();
      const following = Promise.race([consumer.next(), stream.consume({ ackWaitMs }).next()]);
      for (let passedMs = 0; passedMs < 3 * ackWaitMs; passedMs += ackWaitMs / 4) {
        await delay(ackWaitMs / 4);
        long.extend();
      }
      await long.ack();
      await stream.publish({ body: "sentinel" });
      expect(text(await following)).toBe("sentinel");
    });

    it("never delivers again what was acknowledged", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(10));
      const consumer = stream.consume({ ackWaitMs });
      const seen: string[] = [];
      for (const delivery of await consumer.take(10)) {
        seen.push(text(delivery));
        await delivery.ack();
      }
      const next = consumer.next();
      await delay(2 * ackWaitMs);
      await stream.publish({ body: "sentinel" });
      expect(text(await next)).toBe("sentinel");
      expect(seen).toEqual(numbered(10).map(({ body }) => body));
    });

    it("keeps the order of what it delivers again", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(3));
      const consumer = stream.consume({ ackWaitMs, maxAckPending: 1 });
      await consumer.next();
      const seen: string[] = [];
      while (seen.length < 3) {
        const delivery = await consumer.next();
        seen.push(`${text(delivery)}/${delivery.deliveries}`);
        await delivery.ack();
      }
      expect(seen).toEqual(["1/2", "2/1", "3/1"]);
    });
  });
}
