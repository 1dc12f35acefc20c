import { describe, expect, it } from "vitest";
import { numbered, openBed, text } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";

/** The ordered log: positions, filters, batches, following. */
export function reading(settings: TransportSettings): void {
  describe("reading", () => {
    it("gives a subscriber what was published before it came (T24)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(5));
      expect((await stream.read().take(5)).map(text)).toEqual(["1", "2", "3", "4", "5"]);
    });

    it("starts behind a position in the middle", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(5));
      expect((await stream.read({ after: 3n }).take(2)).map((message) => message.sequence)).toEqual([4n, 5n]);
    });

    it("starts behind the end with what comes next", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(5));
      const reader = stream.read({ after: 5n });
      const next = reader.next();
      await stream.publish({ body: "6" });
      expect(await next).toMatchObject({ sequence: 6n });
    });

    it("follows new messages, also in a stream that was empty", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const reader = stream.read();
      const first = reader.next();
      await stream.publish({ body: "1" });
      expect(text(await first)).toBe("1");
      const second = reader.next();
      await stream.publish({ body: "2" });
      expect(text(await second)).toBe("2");
    });

    it("tells the stream's name with each message", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      expect(await stream.read().next()).toMatchObject({ stream: stream.name, sequence: 1n });
    });

    it("lets several readers go through one stream independently", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(4));
      const [one, other] = [stream.read(), stream.read({ after: 2n })];
      expect((await one.take(1)).map(text)).toEqual(["1"]);
      expect((await other.take(2)).map(text)).toEqual(["3", "4"]);
      expect((await one.take(3)).map(text)).toEqual(["2", "3", "4"]);
    });

    it("gives batches of at least one message and at most as many as asked for", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(10));
      const reader = stream.read({ maxBatch: 3 });
      const seen: string[] = [];
      while (seen.length < 10) {
        const batch = await reader.batch();
        expect(batch.length).toBeGreaterThanOrEqual(1);
        expect(batch.length).toBeLessThanOrEqual(3);
        seen.push(...batch.map(text));
      }
      expect(seen).toEqual(numbered(10).map(({ body }) => body));
    });

    it("ends without an error when the signal aborts while it waits", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const reader = stream.read();
      const waiting = reader.batch().catch((thrown: Error) => thrown.message);
      await reader.end();
      expect(await waiting).toBe("the reading ended early");
    });

    it("gives nothing when the signal is aborted from the start", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({});
      expect(await stream.read({ signal: AbortSignal.abort() }).ended()).toBeUndefined();
    });

    it("ends when the caller leaves the loop", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(3));
      const signal = new AbortController().signal;
      const request = { stream: stream.name, filter: stream.filter(">"), after: 0n, signal, maxBatch: 1 };
      for await (const [message] of bed.transport.read(request)) {
        expect(message!.sequence).toBe(1n);
        break;
      }
    });

    it("refuses a stream that does not exist", async () => {
      await using bed = await openBed(settings);
      expect(await bed.plan().read().ended()).toMatchObject({ code: "not_found" });
    });

    it("skips what was removed", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(4));
      await bed.transport.remove(stream.name, 1n);
      await bed.transport.remove(stream.name, 3n);
      expect((await stream.read().take(2)).map(text)).toEqual(["2", "4"]);
    });
  });

  describe("filtering", () => {
    it.each([
      ["a partition", "1.>", ["1.k1.shop.A", "1.k2.shop.A", "1.k1.shop.B", "1.k1.shop.A"]],
      ["a type in a partition", "1.*.shop.A", ["1.k1.shop.A", "1.k2.shop.A", "1.k1.shop.A"]],
      ["a type", "*.*.shop.A", ["1.k1.shop.A", "2.k1.shop.A", "1.k2.shop.A", "1.k1.shop.A"]],
      ["a key", "*.k1.>", ["1.k1.shop.A", "2.k1.shop.A", "1.k1.shop.B", "1.k1.shop.A"]],
      ["one subject", "1.k1.shop.B", ["1.k1.shop.B"]],
      ["a subject with fewer tokens", "1.k1.shop", []],
      ["a longer partition that begins alike", "11.>", ["11.k1.shop.A"]],
      ["a key that begins alike", "*.k.>", []],
    ])("reads %s and nothing else", async (_, filter, expected) => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(
        { partition: 1, key: "k1" },
        { partition: 2, key: "k1" },
        { partition: 1, key: "k2" },
        { partition: 1, key: "k1", type: "shop.B" },
        { partition: 11, key: "k1", type: "shop.A" },
        { partition: 1, key: "k1" },
      );
      const found = filter === "*.*.shop.A" || filter === "*.k1.>" ? [...expected, "11.k1.shop.A"].sort() : expected;
      const sentinel = stream.filter(filter.replaceAll("*", "end").replace(">", "end"));
      await bed.transport.publish({ ...stream.message(), subject: sentinel });
      const subjects: string[] = [];
      const reader = stream.read({ filter: stream.filter(filter) });
      for (let message = await reader.next(); message.subject !== sentinel || subjects.length < found.length; ) {
        subjects.push(message.subject.slice(stream.filter("").length));
        message = await reader.next();
      }
      expect(filter.startsWith("*") ? subjects.sort() : subjects).toEqual(found);
    });

    it("takes % and _ in a filter literally, and tells case apart", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({ key: "k-1" }, { key: "K_1" }, { key: "k_1" }, { key: "k%C3%A9" }, { key: "kxC3xA9" });
      const keyed = (key: string) => stream.read({ filter: stream.filter(`0.${key}.>`) });
      expect((await keyed("k_1").next()).sequence).toBe(3n);
      expect((await keyed("k%C3%A9").next()).sequence).toBe(4n);
    });

    it("carries the odd tokens of escaped keys unchanged", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const keys = ["_", "%5F", "~-_", "%F0%9F%98%80", "%2E%2A%3E", "-", "1", "a".repeat(255)];
      await stream.publish(...keys.map((key) => ({ key })));
      for (const [index, key] of keys.entries()) {
        const message = await stream.read({ filter: stream.filter(`*.${key}.>`) }).next();
        expect(message.sequence, key).toBe(BigInt(index + 1));
        expect(message.subject).toBe(stream.filter(`0.${key}.shop.A`));
      }
    });

    it("follows a rare subject among many others", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const reader = stream.read({ filter: stream.filter("7.>") });
      const rare = reader.take(2);
      for (const round of ["1", "2"]) {
        await stream.publish(...numbered(300, { partition: 1 }), { partition: 7, body: round });
      }
      expect((await rare).map(text)).toEqual(["1", "2"]);
    });
  });
}
