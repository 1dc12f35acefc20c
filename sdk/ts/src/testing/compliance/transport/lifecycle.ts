import { describe, expect, it } from "vitest";
import { numbered, openBed, text } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";
import { within } from "./within.ts";

/** Signals, closing, and what outlives a connection. */
export function lifecycle(settings: TransportSettings): void {
  const signal = AbortSignal.abort();

  describe("signals", () => {
    it("publishes nothing when the signal is aborted", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const publishing = bed.transport.publish(stream.message(), { signal });
      await expect(publishing).rejects.toMatchObject({ code: "canceled" });
      expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
    });

    it("refuses every other call whose signal is aborted", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      const { transport } = bed;
      const canceled = { code: "canceled" };
      await expect(transport.provision([bed.plan().spec], { signal })).rejects.toMatchObject(canceled);
      await expect(transport.streamState(stream.name, { signal })).rejects.toMatchObject(canceled);
      await expect(transport.get(stream.name, 1n, { signal })).rejects.toMatchObject(canceled);
      await expect(transport.remove(stream.name, 1n, { signal })).rejects.toMatchObject(canceled);
      expect(await transport.get(stream.name, 1n)).toBeDefined();
    });

    if (settings.features.atomicBatch)
      it("publishes no batch when the signal is aborted", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        const publishing = bed.transport.publishAtomically!([stream.message()], { signal });
        await expect(publishing).rejects.toMatchObject({ code: "canceled" });
        expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
      });
  });

  describe("closing", () => {
    it("finishes what is under way", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const publishing = stream.publish(...numbered(100));
      await bed.transport.close();
      expect((await publishing).at(-1)).toMatchObject({ sequence: 100n });
    });

    it("may be done twice", async () => {
      await using bed = await openBed(settings);
      await bed.transport.close();
      await bed.transport.close();
    });

    it("ends readers and consumers", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      const [reader, consumer] = [stream.read(), stream.consume()];
      await Promise.all([reader.next(), consumer.next()]);
      const ended = Promise.all([reader.ended(), consumer.ended()]);
      await bed.transport.close();
      await within(ended, "the readings to end");
    });

    it("refuses every later call", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const { transport } = bed;
      await transport.close();
      const unavailable = { code: "unavailable" };
      await expect(transport.publish(stream.message())).rejects.toMatchObject(unavailable);
      await expect(transport.provision([stream.spec])).rejects.toMatchObject(unavailable);
      await expect(transport.streamState(stream.name)).rejects.toMatchObject(unavailable);
      await expect(transport.get(stream.name, 1n)).rejects.toMatchObject(unavailable);
      expect(await stream.read().ended()).toMatchObject(unavailable);
      expect(await stream.consume().ended()).toMatchObject(unavailable);
    });

    it("shows in the health", async () => {
      await using bed = await openBed(settings);
      expect(bed.transport.health()).toEqual({ healthy: true, detail: expect.stringMatching(/./) });
      await bed.transport.close();
      expect(bed.transport.health()).toEqual({ healthy: false, detail: expect.stringMatching(/./) });
    });
  });

  if (settings.reopen)
    describe("opening again", () => {
      it("finds every acknowledged message, the streams and the dedupe window", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream({ partitions: 4 });
        await stream.publish({ id: "/test/1", body: "1", headers: { "content-type": "text/plain" } });
        const before = await bed.transport.streamState(stream.name);
        await bed.reopen();
        expect(await bed.transport.streamState(stream.name)).toEqual(before);
        expect((await stream.publish({ id: "/test/1" }))[0]!.duplicate).toBe(true);
        const message = await stream.read().next();
        expect(message).toMatchObject({ sequence: 1n, headers: { "content-type": "text/plain" } });
        expect(text(message)).toBe("1");
      });

      it("never uses a sequence again, also of a removed last message", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        await stream.publish(...numbered(2));
        await bed.transport.remove(stream.name, 2n);
        await bed.reopen();
        expect((await stream.publish({}))[0]!.sequence).toBe(3n);
      });

      it("finds the position of a durable, and delivers what was pending again", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        await stream.publish(...numbered(3));
        const consumer = stream.consume({ ackWaitMs: settings.ackWaitMs, maxAckPending: 2 });
        const [first] = await consumer.take(2);
        await first!.ack();
        await bed.reopen();
        const again = stream.consume({ ackWaitMs: settings.ackWaitMs, maxAckPending: 2 });
        const deliveries = await again.take(2);
        const seen = deliveries.map((delivery) => `${text(delivery)}/${Math.min(delivery.deliveries, 2)}`);
        expect(seen.sort()).toEqual(["2/2", "3/1"]);
      });
    });
}
