import { describe, expect, it } from "vitest";
import { messageId } from "../../../core/message.ts";
import { numbered, openBed, text } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";
import { until } from "./within.ts";

/** Appending, dedupe, limits and headers. */
export function publishing(settings: TransportSettings): void {
  describe("publishing", () => {
    it("gives rising sequences from 1 in the order of the calls", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const acks = await stream.publish(...numbered(20));
      expect(acks.map((ack) => ack.sequence)).toEqual(numbered(20).map(({ body }) => BigInt(body as string)));
      expect(acks.every((ack) => ack.stream === stream.name && !ack.duplicate)).toBe(true);
    });

    it("keeps every byte value, an empty body and the subject", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      await stream.publish({ body: bytes, key: "k%C3%A9" }, { body: new Uint8Array() });
      const [first, second] = await stream.read().take(2);
      expect(Uint8Array.from(first!.body)).toEqual(bytes);
      expect(first!.subject).toBe(stream.filter("0.k%C3%A9.shop.A"));
      expect(second!.body).toHaveLength(0);
    });

    it("lets the caller use the bytes of a body again once it has answered", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const body = Uint8Array.of(1, 2, 3);
      await stream.publish({ body });
      body.fill(9);
      expect(Uint8Array.from((await stream.read().next()).body)).toEqual(Uint8Array.of(1, 2, 3));
    });

    it("stores the time at which the message came", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const before = Date.now();
      await stream.publish({});
      const { storedAtMs } = await stream.read().next();
      expect(storedAtMs).toBeGreaterThanOrEqual(before - 1_000);
      expect(storedAtMs).toBeLessThanOrEqual(Date.now() + 1_000);
    });

    it("drops a repeated message id within the dedupe window (T22)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const [first] = await stream.publish({ id: "/shop/orders/1", body: "first" });
      const [again] = await stream.publish({ id: "/shop/orders/1", body: "again" });
      expect(again).toEqual({ stream: stream.name, sequence: first!.sequence, duplicate: true });
      expect((await bed.transport.streamState(stream.name))?.messages).toBe(1n);
      expect(text(await stream.read().next())).toBe("first");
    });

    it("stores a repeated message id again after the dedupe window", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream({ dedupeWindowMs: settings.dedupeWindowMs });
      await stream.publish({ id: "/shop/orders/1" });
      const again = async () => (await stream.publish({ id: "/shop/orders/1" }))[0]!;
      expect((await until("the window to pass", again, (ack) => !ack.duplicate)).sequence).toBe(2n);
    });

    it("stores the same event again under a redrive's message id (T6)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const acks = await stream.publish(
        { id: messageId("/shop/orders", "1") },
        { id: messageId("/shop/orders", "1", 1) },
        { id: messageId("/shop/orders", "1", 2) },
      );
      expect(acks.map((ack) => ack.duplicate)).toEqual([false, false, false]);
    });

    it("keeps the same event id of two sources apart, also where the slash moves (H5)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const acks = await stream.publish({ id: messageId("/a", "b/c") }, { id: messageId("/a/b", "c") });
      expect(acks.map((ack) => ack.duplicate)).toEqual([false, false]);
    });

    it("keeps the message ids of two streams apart", async () => {
      await using bed = await openBed(settings);
      const one = await bed.stream();
      const other = await bed.stream();
      await one.publish({ id: "/shop/orders/1" });
      expect((await other.publish({ id: "/shop/orders/1" }))[0]!.duplicate).toBe(false);
    });

    it("tells message ids apart by case", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const acks = await stream.publish({ id: "/shop/orders/a" }, { id: "/shop/orders/A" });
      expect(acks.map((ack) => ack.duplicate)).toEqual([false, false]);
    });

    it("refuses a message for a stream that does not exist, and makes none", async () => {
      await using bed = await openBed(settings);
      const stream = bed.plan();
      await expect(stream.publish({})).rejects.toMatchObject({ code: "not_found" });
      expect(await bed.transport.streamState(stream.name)).toBeUndefined();
    });

    it("refuses a subject that the stream does not keep", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const message = { ...stream.message(), subject: `${bed.plan().filter("0.k")}.shop.A` };
      await expect(bed.transport.publish(message)).rejects.toMatchObject({ code: "not_found" });
      expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
    });

    it("takes the largest message exactly, and refuses one byte more with size and limit (T17)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const limitBytes = bed.transport.maxPayloadBytes;
      const publish = (length: number) => stream.publish({ id: "/test/large", body: new Uint8Array(length) });
      const refusal = (length: number) => publish(length).catch((thrown) => thrown);
      const tooLarge = await refusal(limitBytes + 1);
      expect(tooLarge).toMatchObject({ code: "too_large", details: { bytes: expect.any(Number), limitBytes } });
      const headerBytes = tooLarge.details.bytes - (limitBytes + 1);
      expect(headerBytes).toBeGreaterThanOrEqual(0);
      const fitting = limitBytes - headerBytes;
      expect(await refusal(fitting + 1)).toMatchObject({ details: { bytes: limitBytes + 1, limitBytes } });
      expect((await publish(fitting))[0]).toMatchObject({ sequence: 1n, duplicate: false });
      expect((await stream.read().next()).body).toHaveLength(fitting);
    });

    it("gives headers back with names in lower case and values trimmed (T25)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({ headers: { "Content-Type": "  text/plain; a=B ", traceparent: "00-Ab", "x-empty": "" } });
      const { headers } = await stream.read().next();
      expect(headers).toMatchObject({ "content-type": "text/plain; a=B", traceparent: "00-Ab" });
      expect(headers["x-empty"] ?? "").toBe("");
      expect(Object.keys(headers).every((name) => name === name.toLowerCase())).toBe(true);
    });

    it("counts the last of several values of one header (T25)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({ headers: { "Concord-Error": "first", "concord-error": "last" } });
      expect((await stream.read().next()).headers["concord-error"]).toBe("last");
    });

    it.each(["a\r\nb", "a\nb", "a\rb"])("refuses the header value %j and stores nothing (H6)", async (value) => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await expect(stream.publish({ headers: { "concord-error": value } })).rejects.toMatchObject({
        code: "invalid_argument",
      });
      expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
    });

    it.each(["", "a b", "a:b", "a\nb"])("refuses the header name %j and stores nothing", async (name) => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await expect(stream.publish({ headers: { [name]: "value" } })).rejects.toMatchObject({
        code: "invalid_argument",
      });
      expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
    });

    it.each(["evt", "evt..x", "evt.a b.x", "evt.*.x", "evt.>", ".evt", "evt.x."])(
      "refuses the subject %j",
      async (subject) => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        await expect(bed.transport.publish({ ...stream.message(), subject })).rejects.toMatchObject({
          code: expect.stringMatching(/^(invalid_argument|not_found)$/),
        });
        expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
      },
    );
  });

  if (settings.features.atomicBatch)
    describe("publishing atomically", () => {
      it("stores all messages in order", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        const acks = await bed.transport.publishAtomically!(numbered(50).map(stream.message));
        expect(acks.map((ack) => ack.sequence)).toEqual(acks.map((_, i) => BigInt(i + 1)));
        expect((await stream.read().take(50)).map(text)).toEqual(numbered(50).map(({ body }) => body));
      });

      it("stores none when one message id is a repetition", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        await stream.publish({ id: "/shop/orders/1" });
        const batch = [{}, { id: "/shop/orders/1" }, {}].map(stream.message);
        await expect(bed.transport.publishAtomically!(batch)).rejects.toMatchObject({ code: "already_exists" });
        expect((await bed.transport.streamState(stream.name))?.messages).toBe(1n);
      });

      it("stores none when the stream has no room for all", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream({ maxMessages: 3 });
        const batch = numbered(4).map(stream.message);
        await expect(bed.transport.publishAtomically!(batch)).rejects.toMatchObject({ code: "resource_exhausted" });
        expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
      });

      it("refuses a batch with one message that is too large", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        const batch = [{}, { body: new Uint8Array(bed.transport.maxPayloadBytes + 1) }].map(stream.message);
        await expect(bed.transport.publishAtomically!(batch)).rejects.toMatchObject({ code: "too_large" });
        expect((await bed.transport.streamState(stream.name))?.messages).toBe(0n);
      });
    });

  if (!settings.features.atomicBatch)
    it("has no atomic publishing", async () => {
      await using bed = await openBed(settings);
      expect(bed.transport.publishAtomically).toBeUndefined();
    });

  it("says what it can do", async () => {
    await using bed = await openBed(settings);
    expect(bed.transport.features).toEqual(settings.features);
  });
}
