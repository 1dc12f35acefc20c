import { describe, expect, it } from "vitest";
import { openBed, type StoreComplianceOptions } from "./bed.ts";
import { samplePartition } from "./samples.ts";

/** Runs that were begun and not ended. */
export function attempts<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  describe("attempts", () => {
    it("are counted before the run, so that they survive the death of the process", async () => {
      await using t = await openBed(options);
      const { attempts: store } = t.stores;
      expect(await store.begin(samplePartition(), 5n)).toBe(1);
      expect(await store.begin(samplePartition(), 5n)).toBe(2);
      expect(await store.begin(samplePartition(), 6n)).toBe(1);
      expect(await store.begin(samplePartition(1), 5n)).toBe(1);
      await t.bed.reopen();
      expect(await t.bed.createStores().attempts.begin(samplePartition(), 5n)).toBe(3);
    });

    it("are taken back one by one, never below none", async () => {
      await using t = await openBed(options);
      const { attempts: store } = t.stores;
      await store.begin(samplePartition(), 5n);
      await store.begin(samplePartition(), 5n);
      await store.takeBack(samplePartition(), 5n);
      expect(await store.begin(samplePartition(), 5n)).toBe(2);
      for (let times = 0; times < 3; times++) await store.takeBack(samplePartition(), 5n);
      expect(await store.begin(samplePartition(), 5n)).toBe(1);
    });

    it("are forgotten up to a sequence", async () => {
      await using t = await openBed(options);
      const { attempts: store } = t.stores;
      for (const sequence of [5n, 6n]) await store.begin(samplePartition(), sequence);
      await store.begin(samplePartition(1), 5n);
      await store.clear(samplePartition(), 5n);
      expect(await store.begin(samplePartition(), 5n)).toBe(1);
      expect(await store.begin(samplePartition(), 6n)).toBe(2);
      expect(await store.begin(samplePartition(1), 5n)).toBe(2);
    });
  });
}
