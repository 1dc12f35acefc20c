import { describe, expect, it } from "vitest";
import type { StreamSpec } from "../../../core/transport.ts";
import { type Bed, numbered, openBed } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";

const hourMs = 3_600_000;

/** Making streams and bringing them up to date without loss. */
export function provisioning(settings: TransportSettings): void {
  /** Makes a stream one way, wants it another way. */
  const change = async (bed: Bed, before: Partial<StreamSpec>, after: Partial<StreamSpec>) => {
    const stream = await bed.stream(before);
    return { stream, report: await bed.transport.provision([{ ...stream.spec, ...after }]) };
  };

  describe("provisioning", () => {
    it("makes what is missing, says so, and says nothing the second time", async () => {
      await using bed = await openBed(settings);
      const { spec } = bed.plan();
      const first = await bed.transport.provision([spec]);
      expect(first).toEqual({ changes: [expect.stringContaining(spec.name)], warnings: [] });
      expect(await bed.transport.provision([spec])).toEqual({ changes: [], warnings: [] });
    });

    it("makes several streams at once", async () => {
      await using bed = await openBed(settings);
      const specs = [bed.plan().spec, bed.plan().spec];
      expect((await bed.transport.provision(specs)).changes).toHaveLength(2);
      for (const { name } of specs) expect(await bed.transport.streamState(name)).toMatchObject({ name });
    });

    it("may be called by several services at once", async () => {
      await using bed = await openBed(settings);
      const { spec } = bed.plan();
      const reports = await Promise.all(Array.from({ length: 5 }, () => bed.transport.provision([spec])));
      expect(reports.flatMap((report) => report.warnings)).toEqual([]);
      expect(await bed.transport.streamState(spec.name)).toMatchObject({ partitions: 8 });
    });

    it("keeps the messages and the position of a stream that is there", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(3));
      await bed.transport.provision([stream.spec]);
      expect(await bed.transport.streamState(stream.name)).toMatchObject({ messages: 3n, lastSequence: 3n });
    });

    it.each<[string, Partial<StreamSpec>, Partial<StreamSpec>]>([
      ["more messages", { maxMessages: 3 }, { maxMessages: 4 }],
      ["no limit of messages", { maxMessages: 3 }, {}],
      ["more bytes", { maxBytes: 1_000_000 }, { maxBytes: 2_000_000 }],
      ["a longer retention", { retentionMs: hourMs }, { retentionMs: 2 * hourMs }],
    ])("applies %s", async (_, before, after) => {
      await using bed = await openBed(settings);
      const { stream, report } = await change(bed, before, { maxMessages: undefined, maxBytes: undefined, ...after });
      expect(report).toEqual({ changes: [expect.stringContaining(stream.name)], warnings: [] });
      await stream.publish(...numbered(4));
    });

    it.each<[string, Partial<StreamSpec>, Partial<StreamSpec>]>([
      ["fewer messages", { maxMessages: 4 }, { maxMessages: 3 }],
      ["a first limit of messages", {}, { maxMessages: 3 }],
      ["fewer bytes", { maxBytes: 1_000_000 }, { maxBytes: 1_000 }],
      ["a shorter retention", { retentionMs: hourMs }, { retentionMs: hourMs / 2 }],
    ])("never silently shrinks to %s", async (_, before, after) => {
      await using bed = await openBed(settings);
      const { stream, report } = await change(bed, before, after);
      expect(report).toEqual({ changes: [], warnings: [expect.stringContaining(stream.name)] });
      await stream.publish(...numbered(4));
      expect((await bed.transport.streamState(stream.name))?.messages).toBe(4n);
    });

    it("refuses another number of partitions, with the way out", async () => {
      await using bed = await openBed(settings);
      const conflict = await change(bed, { partitions: 8 }, { partitions: 16 }).catch((thrown) => thrown);
      expect(conflict).toMatchObject({ code: "stream_conflict", message: expect.stringMatching(/8.*16|16.*8/) });
    });

    it("records the database behind a stream, and refuses another one", async () => {
      await using bed = await openBed(settings);
      const { report } = await change(bed, {}, { owner: "database-1" });
      expect(report).toEqual({ changes: [expect.stringContaining("database")], warnings: [] });
      const again = await change(bed, { owner: "database-1" }, { owner: "database-1" });
      expect(again.report).toEqual({ changes: [], warnings: [] });
      const anyone = await change(bed, { owner: "database-1" }, {});
      expect(anyone.report).toEqual({ changes: [], warnings: [] });
      const conflict = await change(bed, { owner: "database-1" }, { owner: "database-2" }).catch((thrown) => thrown);
      expect(conflict).toMatchObject({ code: "stream_conflict", message: expect.stringContaining("another database") });
    });

    it.each([
      ["a part of another stream's", "1.>"],
      ["all of another stream's", ">"],
      ["some of another stream's", "*.k1.>"],
    ])("refuses subjects that are %s (T21)", async (_, end) => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const other = { ...bed.plan().spec, subjects: [stream.filter(end)] };
      await expect(bed.transport.provision([other])).rejects.toMatchObject({ code: "stream_conflict" });
      expect(await bed.transport.streamState(other.name)).toBeUndefined();
    });

    it("refuses overlapping subjects within one call (T21)", async () => {
      await using bed = await openBed(settings);
      const stream = bed.plan();
      const other = { ...bed.plan().spec, subjects: [stream.filter("*.*.shop.>")] };
      await expect(bed.transport.provision([stream.spec, other])).rejects.toMatchObject({ code: "stream_conflict" });
    });
  });
}
