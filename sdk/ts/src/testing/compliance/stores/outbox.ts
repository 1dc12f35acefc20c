import { describe, expect, it } from "vitest";
import type { OutboxEntry } from "../../../core/store/outbox-store.ts";
import { begin, openBed, type StoreComplianceOptions } from "./bed.ts";
import { sampleEntry } from "./samples.ts";

/** What goes in, what comes out, in which order. */
export function outbox<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  describe("outbox", () => {
    it("keeps an entry with the business row that it speaks of, or neither", async () => {
      await using t = await openBed(options);
      await t.inTx(async (tx) => {
        await t.write(tx, "kept");
        await t.stores.outbox.insert(tx, [sampleEntry("kept")]);
      });
      const failing = t.inTx(async (tx) => {
        await t.write(tx, "lost");
        await t.stores.outbox.insert(tx, [sampleEntry("lost")]);
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await t.effects()).toEqual(["kept"]);
      expect((await t.stores.outbox.read(3, 10)).map((row) => row.key)).toEqual(["kept"]);
    });

    it("keeps entries that end a transaction with its rows, or neither", async () => {
      await using t = await openBed(options);
      await t.inTx(async (tx) => {
        await t.write(tx, "kept");
        await t.stores.outbox.insert(tx, [sampleEntry("kept"), sampleEntry("too")], { isLast: true });
      });
      const failing = t.inTx(async (tx) => {
        await t.write(tx, "lost");
        await t.stores.outbox.insert(tx, [sampleEntry("lost", { subject: null as never })], { isLast: true });
      });
      await expect(failing).rejects.toThrow();
      expect(await t.effects()).toEqual(["kept"]);
      expect((await t.stores.outbox.read(3, 10)).map((row) => row.key)).toEqual(["kept", "too"]);
    });

    it("gives back what was stored", async () => {
      await using t = await openBed(options);
      const entry: OutboxEntry = {
        ...sampleEntry("ключ a.b*>%\0😀"),
        headers: { "Nats-Msg-Id": "1", tracestate: 'a="b\\c"\u0000' },
        messageId: "/shop/a,b{c}",
        tail: undefined,
      };
      const [id] = await t.inTx((tx) => t.stores.outbox.insert(tx, [entry]));
      const [row] = await t.stores.outbox.read(3, 10);
      const { type, eventId, head, tail, ...kept } = entry;
      expect(row).toMatchObject({ ...kept, id, attempts: 0 });
      expect(Uint8Array.from(row!.body)).toEqual(head);
    });

    it.each([
      [1n, [0x01]],
      [127n, [0x7f]],
      [128n, [0x80, 0x01]],
      [300n, [0xac, 0x02]],
      [2n ** 14n - 1n, [0xff, 0x7f]],
      [2n ** 14n, [0x80, 0x80, 0x01]],
      [2n ** 21n - 1n, [0xff, 0xff, 0x7f]],
      [2n ** 21n, [0x80, 0x80, 0x80, 0x01]],
      [2n ** 32n + 1n, [0x81, 0x80, 0x80, 0x80, 0x10]],
      [2n ** 62n, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
    ])("writes id %d as field 6 between head and tail", async (id, varint) => {
      await using t = await openBed(options);
      await t.bed.setNextId(id);
      expect(await t.inTx((tx) => t.stores.outbox.insert(tx, [sampleEntry("k")]))).toEqual([id]);
      const [row] = await t.stores.outbox.read(3, 1);
      expect([...row!.body]).toEqual([1, 2, 0x30, ...varint, 3]);
    });

    it("gives ids in the order of the entries, never one twice", async () => {
      await using t = await openBed(options);
      const entries = Array.from({ length: 50 }, (_, index) => sampleEntry(`k${index % 7}`, { eventId: `${index}` }));
      const first = await t.inTx((tx) => t.stores.outbox.insert(tx, entries));
      await t.stores.outbox.delete(first);
      const second = await t.inTx((tx) => t.stores.outbox.insert(tx, entries));
      const ids = [...first, ...second];
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => Number(a - b)));
    });

    it("stores nothing for no entries", async () => {
      await using t = await openBed(options);
      expect(await t.inTx((tx) => t.stores.outbox.insert(tx, []))).toEqual([]);
      await t.stores.outbox.delete([]);
    });

    it("reads one partition from its lowest id, as much as is asked for", async () => {
      await using t = await openBed(options);
      const ids = await t.inTx((tx) =>
        t.stores.outbox.insert(tx, [
          sampleEntry("a"),
          sampleEntry("b", { partition: 4 }),
          sampleEntry("a"),
          sampleEntry(),
        ]),
      );
      const read = async (limit: number) => (await t.stores.outbox.read(3, limit)).map((row) => row.id);
      expect(await read(2)).toEqual([ids[0], ids[2]]);
      expect(await read(10)).toEqual([ids[0], ids[2], ids[3]]);
      expect(await t.stores.outbox.pendingPartitions()).toEqual([3, 4]);
    });

    it("leaves out the keys that a session waits with, and keeps what has no key", async () => {
      await using t = await openBed(options);
      await t.inTx((tx) =>
        t.stores.outbox.insert(
          tx,
          ["a", "b ", undefined, "a", "c"].map((key) => sampleEntry(key)),
        ),
      );
      const rows = await t.stores.outbox.read(3, 10, ["a", "b "]);
      expect(rows.map((row) => row.key)).toEqual([undefined, "c"]);
    });

    it("forgets what was deleted, whoever deletes it and however often", async () => {
      await using t = await openBed(options);
      const ids = await t.inTx((tx) => t.stores.outbox.insert(tx, [sampleEntry("a"), sampleEntry("a")]));
      await t.stores.outbox.delete([ids[0]!]);
      await t.bed.createStores().outbox.delete([ids[0]!, 999n]);
      expect((await t.stores.outbox.read(3, 10)).map((row) => row.id)).toEqual([ids[1]]);
    });

    it("tells how many wait and how long", async () => {
      await using t = await openBed(options);
      expect(await t.stores.outbox.status()).toMatchObject({ waiting: 0, quarantined: 0, oldestAgeMs: 0 });
      await t.inTx((tx) => t.stores.outbox.insert(tx, [sampleEntry("a"), sampleEntry("b")]));
      await t.bed.passTime(5_000);
      const status = await t.stores.outbox.status();
      expect(status).toMatchObject({ waiting: 2, quarantined: 0 });
      expect(status.oldestAgeMs).toBeGreaterThanOrEqual(5_000);
      expect(status.oldestAgeMs).toBeLessThan(65_000);
    });

    it("keeps its rows when the database is opened again", async () => {
      await using t = await openBed(options);
      const [id] = await t.inTx((tx) => t.stores.outbox.insert(tx, [sampleEntry("a")]));
      await t.bed.reopen();
      expect((await t.bed.createStores().outbox.read(3, 10)).map((row) => row.id)).toEqual([id]);
    });
  });

  if (options.concurrent)
    describe("outbox of several writers", () => {
      it("shows a row that commits late, though a later one was read and deleted before (T1)", async () => {
        await using t = await openBed(options);
        const slow = await begin(t.bed.database);
        const late = await t.stores.outbox.insert(slow.tx, [sampleEntry("slow")]);
        const early = await t.inTx((tx) => t.stores.outbox.insert(tx, [sampleEntry("quick")]));
        expect(late[0]! < early[0]!).toBe(true);
        expect((await t.stores.outbox.read(3, 10)).map((row) => row.id)).toEqual(early);
        await t.stores.outbox.delete(early);
        await slow.commit();
        expect((await t.stores.outbox.read(3, 10)).map((row) => row.id)).toEqual(late);
      });

      it("is read and emptied while an old transaction stays open, and tells that one's age (T2)", async () => {
        await using t = await openBed(options);
        const old = await begin(t.bed.database);
        await t.write(old.tx, "old");
        const ids = await t.inTx((tx) => t.stores.outbox.insert(tx, [sampleEntry("a")]));
        expect((await t.stores.outbox.read(3, 10)).map((row) => row.id)).toEqual(ids);
        await t.stores.outbox.delete(ids);
        expect(await t.stores.outbox.read(3, 10)).toEqual([]);
        expect((await t.stores.outbox.status()).oldestTransactionAgeMs).toBeGreaterThan(0);
        await old.commit();
      });
    });
}
