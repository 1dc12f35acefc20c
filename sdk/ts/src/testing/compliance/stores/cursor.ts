import { describe, expect, it } from "vitest";
import type { Cursor } from "../../../core/store/cursor-store.ts";
import { openBed, type StoreComplianceOptions } from "./bed.ts";
import { samplePartition } from "./samples.ts";

function position(sequence: bigint, eventTimeMs = 1_000): Cursor {
  return { sequence, eventId: `event-${sequence}`, streamCreatedAtMs: 1_700_000_000_000, eventTimeMs };
}

/** Positions in streams. */
export function cursor<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  const here = samplePartition();

  describe("cursor", () => {
    it("has no position at first, and then the last one stored", async () => {
      await using t = await openBed(options);
      expect(await t.stores.cursor.load(here)).toBeUndefined();
      await t.stores.cursor.advance([{ ...here, ...position(2n ** 60n) }]);
      await t.bed.reopen();
      expect(await t.bed.createStores().cursor.load(here)).toEqual({ ...here, ...position(2n ** 60n) });
    });

    it("goes forward only", async () => {
      await using t = await openBed(options);
      for (const sequence of [5n, 3n, 9n, 8n]) {
        await t.stores.cursor.advance([{ ...here, ...position(sequence) }]);
      }
      expect(await t.stores.cursor.load(here)).toMatchObject(position(9n));
    });

    it("takes a later time for the same position, so that a quiet partition holds back no inbox day", async () => {
      await using t = await openBed(options);
      for (const timeMs of [2_000, 9_000, 3_000]) {
        await t.stores.cursor.advance([{ ...here, ...position(5n, timeMs) }]);
      }
      expect(await t.stores.cursor.load(here)).toMatchObject({ sequence: 5n, eventTimeMs: 9_000 });
    });

    it("stores many at once, each for its own consumer, stream and partition", async () => {
      await using t = await openBed(options);
      const all = [
        { ...samplePartition(1), ...position(1n) },
        { ...samplePartition(0), ...position(2n) },
        { ...samplePartition(0, { stream: "evt-payments" }), ...position(3n) },
        { ...samplePartition(0, { consumer: "payments" }), ...position(4n) },
      ];
      await t.stores.cursor.advance([]);
      await t.stores.cursor.advance(all);
      expect(await t.stores.cursor.list("inventory")).toEqual([all[1], all[0], all[2]]);
      expect(await t.stores.cursor.list("payments")).toEqual([all[3]]);
    });

    it("goes back when it is told to", async () => {
      await using t = await openBed(options);
      await t.stores.cursor.rewind(here, position(9n));
      await t.stores.cursor.rewind(here, position(4n));
      expect(await t.stores.cursor.load(here)).toMatchObject(position(4n));
    });

    it("knows whether the last session ended in order", async () => {
      await using t = await openBed(options);
      expect(await t.stores.cursor.open(here)).toBe(false);
      expect(await t.stores.cursor.load(here)).toBeUndefined();
      expect(await t.stores.cursor.open(here)).toBe(true);
      await t.stores.cursor.advance([{ ...here, ...position(1n) }]);
      await t.stores.cursor.close(here);
      expect(await t.stores.cursor.open(here)).toBe(false);
      expect(await t.stores.cursor.open(samplePartition(1))).toBe(false);
      expect(await t.stores.cursor.load(here)).toMatchObject(position(1n));
    });
  });
}
