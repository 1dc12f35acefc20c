import { describe, expect, it } from "vitest";
import { numbered, openBed, text } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";
import { until } from "./within.ts";

/** What a stream keeps, and single messages of it. */
export function streamState(settings: TransportSettings): void {
  describe("stream state", () => {
    it("knows no stream that was not made", async () => {
      await using bed = await openBed(settings);
      expect(await bed.transport.streamState(bed.plan().name)).toBeUndefined();
    });

    it("tells an empty stream by zeroes", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream({ partitions: 4 });
      expect(await bed.transport.streamState(stream.name)).toEqual({
        name: stream.name,
        firstSequence: 0n,
        lastSequence: 0n,
        messages: 0n,
        partitions: 4,
        createdAtMs: expect.any(Number),
      });
    });

    it("tells first, last and count", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(5));
      await bed.transport.remove(stream.name, 1n);
      await bed.transport.remove(stream.name, 3n);
      expect(await bed.transport.streamState(stream.name)).toMatchObject({
        firstSequence: 2n,
        lastSequence: 5n,
        messages: 3n,
      });
    });

    it("tells an emptied stream by a first behind the last, and goes on from there", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(2));
      for (const sequence of [1n, 2n]) await bed.transport.remove(stream.name, sequence);
      expect(await bed.transport.streamState(stream.name)).toMatchObject({
        firstSequence: 3n,
        lastSequence: 2n,
        messages: 0n,
      });
      expect((await stream.publish({}))[0]!.sequence).toBe(3n);
    });

    it("keeps telling when the stream was made", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const { createdAtMs } = (await bed.transport.streamState(stream.name))!;
      expect(Math.abs(createdAtMs - Date.now())).toBeLessThan(60_000);
      await stream.publish(...numbered(2));
      expect((await bed.transport.streamState(stream.name))?.createdAtMs).toBe(createdAtMs);
    });

    it("reads one message as it was stored", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({ body: "1" }, { body: "2", headers: { "Content-Type": "text/plain" } });
      const message = await bed.transport.get(stream.name, 2n);
      expect(message).toMatchObject({ stream: stream.name, sequence: 2n, subject: stream.filter("0.k.shop.A") });
      expect(message?.headers).toMatchObject({ "content-type": "text/plain" });
      expect(text(message!)).toBe("2");
    });

    it("finds nothing where a message is gone or never was", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      await bed.transport.remove(stream.name, 1n);
      expect(await bed.transport.get(stream.name, 1n)).toBeUndefined();
      expect(await bed.transport.get(stream.name, 2n)).toBeUndefined();
    });

    it("reads the first message behind a sequence that a filter matches", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream({ partitions: 4 });
      await stream.publish(
        { partition: 0, type: "shop.A" },
        { partition: 1, type: "shop.B" },
        { partition: 0, type: "shop.B" },
        { partition: 1, type: "shop.A" },
        { partition: 0, type: "shop.A", key: "j" },
      );
      await bed.transport.remove(stream.name, 4n);
      const next = async (filter: string, after: bigint) =>
        (await bed.transport.next(stream.name, stream.filter(filter), after))?.sequence;
      expect(await next("0.*.shop.A", 0n)).toBe(1n);
      expect(await next("0.*.shop.A", 1n)).toBe(5n);
      expect(await next("0.>", 1n)).toBe(3n);
      expect(await next("1.>", 2n)).toBeUndefined();
      expect(await next(">", 3n)).toBe(5n);
      expect(await next(">", 5n)).toBeUndefined();
      expect(await next(">", 99n)).toBeUndefined();
    });

    it("lets a message that is gone be removed again", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      await bed.transport.remove(stream.name, 1n);
      await bed.transport.remove(stream.name, 1n);
      await bed.transport.remove(stream.name, 9n);
    });

    it("deletes what is older than the retention, and reading goes on with what is left", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream({ retentionMs: 500, dedupeWindowMs: settings.dedupeWindowMs });
      await stream.publish(...numbered(3));
      const state = () => bed.transport.streamState(stream.name);
      await until("the messages to expire", state, (now) => now?.messages === 0n);
      expect(await state()).toMatchObject({ firstSequence: 4n, lastSequence: 3n });
      const reader = stream.read();
      const next = reader.next();
      await stream.publish({ body: "4" });
      expect(text(await next)).toBe("4");
    });
  });

  describe("a full stream", () => {
    it("refuses new messages and keeps all old ones (T16)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream({ maxMessages: 3 });
      await stream.publish(...numbered(3));
      await expect(stream.publish({ body: "4" })).rejects.toMatchObject({ code: "resource_exhausted" });
      expect((await stream.read().take(3)).map(text)).toEqual(["1", "2", "3"]);
    });

    it("takes messages again when there is room, under the same message id", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream({ maxMessages: 2 });
      await stream.publish(...numbered(2));
      await expect(stream.publish({ id: "/test/3" })).rejects.toMatchObject({ code: "resource_exhausted" });
      await bed.transport.remove(stream.name, 1n);
      expect((await stream.publish({ id: "/test/3" }))[0]).toMatchObject({ sequence: 3n, duplicate: false });
    });

    it("counts bytes, and nothing acknowledged is lost (T16)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream({ maxBytes: 64 * 1024 });
      const body = new Uint8Array(1_000);
      let stored = 0;
      const fill = async () => {
        for (; stored < 70; stored++) await stream.publish({ body });
      };
      await expect(fill()).rejects.toMatchObject({ code: "resource_exhausted" });
      expect(stored).toBeGreaterThan(30);
      expect(await stream.read().take(stored)).toHaveLength(stored);
    });
  });
}
