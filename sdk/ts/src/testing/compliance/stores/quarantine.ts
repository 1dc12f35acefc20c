import { describe, expect, it } from "vitest";
import { begin, openBed, type StoreComplianceOptions, type TestBed } from "./bed.ts";
import { sampleEntry } from "./samples.ts";

/** Rows that cannot be sent. */
export function quarantine<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  const insert = (t: TestBed<Db, Tx>, ...keys: readonly (string | undefined)[]) =>
    t.inTx((tx) =>
      t.stores.outbox.insert(
        tx,
        keys.map((key) => sampleEntry(key)),
      ),
    );
  const read = async (t: TestBed<Db, Tx>, limit = 10) => (await t.stores.outbox.read(3, limit)).map((row) => row.id);

  describe("quarantine", () => {
    it("holds back the later rows of its key and nothing else (T20)", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, "bad", "good", "bad", undefined, "good");
      await t.stores.outbox.quarantine(ids[0]!, "too_large: 3 MB");
      const later = await insert(t, "bad", "good");
      expect(await read(t)).toEqual([ids[1], ids[3], ids[4], later[1]]);
      expect(await read(t, 2)).toEqual([ids[1], ids[3]]);
    });

    it("lets earlier rows of its key go", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, "k", "k", "k");
      await t.stores.outbox.quarantine(ids[1]!, "no");
      expect(await read(t)).toEqual([ids[0]]);
    });

    it("holds back nothing when its row has no key", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, undefined, undefined);
      await t.stores.outbox.quarantine(ids[0]!, "no");
      expect(await read(t)).toEqual([ids[1]]);
    });

    it("passes over a long tail once, not at every read", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, ...Array.from({ length: 30 }, () => "bad"), "good");
      await t.stores.outbox.quarantine(ids[0]!, "no");
      expect(await read(t, 5)).toEqual([ids[30]]);
      const { database } = t.bed;
      const waiting = await database.query(database.db, "SELECT id FROM concord_outbox WHERE state = 'waiting'");
      expect(waiting).toHaveLength(1);
      expect(await t.stores.outbox.pendingPartitions()).toEqual([3]);
    });

    it("lists its rows with the cause and how often they failed", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, "a", "b");
      await t.stores.outbox.recordFailure(ids[1]!, "unavailable: first");
      expect((await t.stores.outbox.read(3, 10)).map((row) => row.attempts)).toEqual([0, 1]);
      await t.stores.outbox.quarantine(ids[1]!, "too_large: 3\0 MB");
      const [row, ...others] = await t.stores.outbox.listQuarantined(10);
      expect(others).toEqual([]);
      expect(row).toMatchObject({ id: ids[1], key: "b", attempts: 1, cause: "too_large: 3 MB", eventId: "1" });
      expect(row?.quarantinedAtMs).toBeGreaterThan(0);
      expect(await t.stores.outbox.status()).toMatchObject({ waiting: 1, quarantined: 1 });
    });

    it("gives a released row back with those behind it, in their order", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, "k", "k", "other");
      await t.stores.outbox.quarantine(ids[0]!, "no");
      expect(await read(t)).toEqual([ids[2]]);
      expect(await t.stores.outbox.release(ids[0]!)).toBe(true);
      expect(await read(t)).toEqual(ids);
      expect(await t.stores.outbox.release(ids[0]!)).toBe(false);
    });

    it("lets those behind a dropped row go", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, "k", "k", "k");
      await t.stores.outbox.quarantine(ids[0]!, "no");
      expect(await read(t)).toEqual([]);
      expect(await t.stores.outbox.drop(ids[1]!)).toBe(false);
      expect(await t.stores.outbox.drop(ids[0]!)).toBe(true);
      expect(await read(t)).toEqual([ids[1], ids[2]]);
    });

    it("keeps those behind a second quarantined row when the first is released", async () => {
      await using t = await openBed(options);
      const ids = await insert(t, "k", "k", "k");
      await t.stores.outbox.quarantine(ids[1]!, "no");
      await t.stores.outbox.quarantine(ids[0]!, "no");
      expect(await read(t)).toEqual([]);
      await t.stores.outbox.release(ids[0]!);
      expect(await read(t)).toEqual([ids[0]]);
    });

    if (options.concurrent)
      it("strands no row that is read while its head is being released", async () => {
        await using t = await openBed(options);
        const ids = await insert(t, "k", "k");
        await t.stores.outbox.quarantine(ids[0]!, "no");
        const { database } = t.bed;
        const releasing = await begin(database);
        await database.query(releasing.tx, "UPDATE concord_outbox SET state = 'waiting' WHERE id = $1", [ids[0]]);
        const reading = read(t);
        await t.bed.untilWaiting(1);
        await releasing.commit();
        await reading;
        expect(await read(t)).toEqual(ids);
      });
  });
}
