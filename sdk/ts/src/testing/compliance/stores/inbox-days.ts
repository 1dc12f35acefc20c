import { describe, expect, it } from "vitest";
import { begin, clockAt, openBed, type StoreComplianceOptions, type TestBed, without } from "./bed.ts";
import { samplePartition, sampleRef, uuidV7 } from "./samples.ts";

const day = 86_400_000;
const now = Math.floor(Date.now() / day) * day + day / 2;
const claimed = { kind: "claimed" };
const duplicate = { kind: "duplicate", state: "done", redrives: 0 };
const tooOld = { kind: "too_old" };

/** How long an event is remembered, and what becomes of those that come later (T8). */
export function inboxDays<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  const claim = (t: TestBed<Db, Tx>, eventId: string, timeMs?: number) =>
    t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now, { eventId, timeMs })));
  const passed = (t: TestBed<Db, Tx>, partition: number, eventTimeMs: number) =>
    t.stores.cursor.advance([
      { ...samplePartition(partition), sequence: 1n, eventId: "e", streamCreatedAtMs: 1, eventTimeMs },
    ]);

  describe("inbox days", () => {
    it("are dropped when they are older than asked; a late duplicate of such a day is too old (T8)", async () => {
      await using t = await openBed(options);
      await claim(t, uuidV7(now - 8 * day));
      await claim(t, uuidV7(now - 7 * day));
      expect(await t.stores.inbox.prune(now - 7 * day)).toBe(1);
      expect(await claim(t, uuidV7(now - 8 * day))).toEqual(tooOld);
      expect(await claim(t, uuidV7(now - 8 * day, 1))).toEqual(tooOld);
      expect(await claim(t, uuidV7(now - 7 * day))).toEqual(duplicate);
      expect(await claim(t, uuidV7(now - 7 * day, 1))).toEqual(claimed);
      const oldestDay = new Date(now - 7 * day).toISOString().slice(0, 10);
      expect(await t.stores.inbox.status()).toEqual({ rows: 2, operations: 0, oldestDay });
    });

    it("are kept until every cursor has passed them, so that an outage makes no event too old (T8)", async () => {
      await using t = await openBed(options);
      await claim(t, uuidV7(now - 20 * day));
      await passed(t, 0, now);
      await passed(t, 1, now - 20 * day);
      expect(await t.stores.inbox.prune(now - 7 * day)).toBe(0);
      expect(await claim(t, uuidV7(now - 20 * day))).toEqual(duplicate);
      await passed(t, 1, now - 19 * day);
      expect(await t.stores.inbox.prune(now - 7 * day)).toBe(1);
      expect(await claim(t, uuidV7(now - 20 * day))).toEqual(tooOld);
      expect(await claim(t, uuidV7(now - 19 * day))).toEqual(claimed);
    });

    it("are kept as long as a partition was opened and nothing of it was read", async () => {
      await using t = await openBed(options);
      await claim(t, uuidV7(now - 20 * day));
      await passed(t, 0, now);
      await t.stores.cursor.open(samplePartition(1));
      expect(await t.stores.inbox.prune(now - 7 * day)).toBe(0);
    });

    it("wait for no cursor of a stream that nobody has read for as long as they are kept (T8)", async () => {
      await using t = await openBed(options);
      const { prune } = t.stores.inbox;
      const gone = samplePartition(0, { stream: "evt-gone" });
      const position = { sequence: 1n, eventId: "e", streamCreatedAtMs: 1, eventTimeMs: now - 20 * day };
      await claim(t, uuidV7(now - 20 * day));
      await passed(t, 0, now);
      await t.stores.cursor.advance([{ ...gone, ...position }]);
      const [one, both] = [["evt-orders"], ["evt-orders", "evt-gone"]].map((streams) => ({ ...gone, streams }));
      expect(await prune(now - 7 * day, one)).toBe(0);
      expect(await prune(now + day, both)).toBe(0);
      expect(await prune(now + day, one)).toBe(1);
    });

    it("once dropped do not come back", async () => {
      await using t = await openBed(options);
      await t.stores.inbox.prune(now - 7 * day);
      await t.stores.inbox.prune(now - 30 * day);
      expect(await claim(t, uuidV7(now - 8 * day))).toEqual(tooOld);
    });

    it("would let a dropped event in again, with the fault too-old-handled", async () => {
      await using t = await openBed(options);
      const stores = t.bed.createStores({ probe: without("too-old-handled") });
      const ref = sampleRef(now - 8 * day);
      await t.inTx((tx) => stores.inbox.claim(tx, ref));
      await stores.inbox.prune(now - 7 * day);
      expect(await t.inTx((tx) => stores.inbox.claim(tx, ref))).toEqual(claimed);
    });

    it("are those of the events' own times: a duplicate that arrives days later is one", async () => {
      await using t = await openBed(options);
      const at = (nowMs: number) => t.bed.createStores({ clock: clockAt(nowMs) });
      const ref = sampleRef(now);
      await t.inTx((tx) => at(now).inbox.claim(tx, ref));
      expect(await t.inTx((tx) => at(now + 2 * day).inbox.claim(tx, ref))).toEqual(duplicate);
    });

    it("would let a duplicate of another day in, with the fault day-by-arrival", async () => {
      await using t = await openBed(options);
      const at = (nowMs: number) => t.bed.createStores({ clock: clockAt(nowMs), probe: without("day-by-arrival") });
      const ref = sampleRef(now);
      await t.inTx((tx) => at(now).inbox.claim(tx, ref));
      expect(await t.inTx((tx) => at(now + 2 * day).inbox.claim(tx, ref))).toEqual(claimed);
    });

    it("of ids without a time are those of their envelopes", async () => {
      await using t = await openBed(options);
      await claim(t, "old", now - 8 * day);
      await claim(t, "young", now - 6 * day);
      expect(await t.stores.inbox.prune(now - 7 * day)).toBe(1);
      expect(await claim(t, "old", now - 8 * day)).toEqual(tooOld);
      expect(await claim(t, "young", now - 6 * day)).toEqual(duplicate);
      expect(await claim(t, "timeless")).toEqual(claimed);
    });

    it("may lie far ahead or far back", async () => {
      await using t = await openBed(options);
      const ids = [uuidV7(0), uuidV7(2 ** 48 - 1), uuidV7(now + 400 * day)];
      for (const id of ids) expect(await claim(t, id)).toEqual(claimed);
      await t.stores.inbox.prune(now - 7 * day);
      expect(await claim(t, ids[0]!)).toEqual(tooOld);
      expect(await claim(t, ids[1]!)).toEqual(duplicate);
      expect(await claim(t, ids[2]!)).toEqual(duplicate);
    });

    it("are pruned in passing, days after days", async () => {
      await using t = await openBed(options);
      for (let ahead = 0; ahead < 5; ahead++) {
        const at = now + ahead * day;
        expect(await claim(t, uuidV7(at))).toEqual(claimed);
        expect(await claim(t, uuidV7(at))).toEqual(duplicate);
        await t.stores.inbox.prune(at - 2 * day);
      }
      expect((await t.stores.inbox.status()).rows).toBe(3);
    });

    if (options.concurrent)
      it("are dropped by none while a claim of them is under way", async () => {
        await using t = await openBed(options);
        const ref = sampleRef(now - 8 * day);
        const handling = await begin(t.bed.database);
        expect(await t.stores.inbox.claim(handling.tx, ref)).toEqual(claimed);
        const pruning = t.stores.inbox.prune(now - 7 * day);
        await t.bed.untilWaiting(1);
        const late = t.inTx((tx) => t.stores.inbox.claim(tx, ref));
        await t.bed.untilWaiting(2);
        await handling.commit();
        expect(await pruning).toBe(1);
        expect(["duplicate", "too_old"]).toContain((await late).kind);
        expect(await t.inTx((tx) => t.stores.inbox.claim(tx, ref))).toEqual(tooOld);
      });

    if (options.concurrent)
      it("wait for handlers no longer than a second, and go the next time", async () => {
        await using t = await openBed(options);
        await claim(t, uuidV7(now - 8 * day));
        const handling = await begin(t.bed.database);
        await t.stores.inbox.claim(handling.tx, sampleRef(now));
        await expect(t.stores.inbox.prune(now - 7 * day)).rejects.toMatchObject({ code: "transaction_conflict" });
        await handling.commit();
        expect(await t.stores.inbox.prune(now - 7 * day)).toBe(1);
      });
  });
}
