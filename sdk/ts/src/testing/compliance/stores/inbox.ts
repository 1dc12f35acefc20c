import { describe, expect, it } from "vitest";
import { begin, openBed, type StoreComplianceOptions, without } from "./bed.ts";
import { sampleRef, uuidV7 } from "./samples.ts";

const now = Date.UTC(2026, 10, 21, 12);
const claimed = { kind: "claimed" };
const duplicate = { kind: "duplicate", state: "done", redrives: 0 };

/** One effect per consumer, source and event. */
export function inbox<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  describe("inbox", () => {
    it("lets an event in once", async () => {
      await using t = await openBed(options);
      expect(await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)))).toEqual(claimed);
      expect(await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)))).toEqual(duplicate);
      expect(await t.stores.inbox.status()).toEqual({ rows: 1, operations: 0, oldestDay: undefined });
    });

    it("forgets an event whose effects were rolled back (T7)", async () => {
      await using t = await openBed(options);
      const failing = t.inTx(async (tx) => {
        await t.stores.inbox.claim(tx, sampleRef(now));
        await t.write(tx, "effect");
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)))).toEqual(claimed);
      expect(await t.effects()).toEqual([]);
    });

    it("tells consumers, sources and ids apart", async () => {
      await using t = await openBed(options);
      const refs = [
        sampleRef(now),
        sampleRef(now, { consumer: "payments" }),
        sampleRef(now, { source: "/shop/carts" }),
        sampleRef(now, { eventId: uuidV7(now, 1) }),
        sampleRef(now, { source: `/${"long".repeat(1_000)}1` }),
        sampleRef(now, { source: `/${"long".repeat(1_000)}2` }),
      ];
      for (const ref of refs) expect(await t.inTx((tx) => t.stores.inbox.claim(tx, ref))).toEqual(claimed);
      for (const ref of refs) expect(await t.inTx((tx) => t.stores.inbox.claim(tx, ref))).toEqual(duplicate);
    });

    it.each([
      ["inbox-without-source", { source: "/shop/carts" }],
      ["inbox-without-consumer", { consumer: "payments" }],
    ] as const)("swallows an event that another one hides, with the fault %s", async (mutation, other) => {
      await using t = await openBed(options);
      const stores = t.bed.createStores({ probe: without(mutation) });
      await t.inTx((tx) => stores.inbox.claim(tx, sampleRef(now)));
      expect(await t.inTx((tx) => stores.inbox.claim(tx, sampleRef(now, other)))).toEqual(duplicate);
    });

    it("knows ids of any form", async () => {
      await using t = await openBed(options);
      const ids = [
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "F47AC10B-58CC-4372-A567-0E02B2C3D479",
        "order-1",
        "заказ 😀",
        "x".repeat(256),
        "00000000-0000-0000-0000-000000000000",
      ];
      for (const eventId of ids) {
        expect(await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now, { eventId })))).toEqual(claimed);
        expect(await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now, { eventId })))).toEqual(duplicate);
      }
    });

    it("makes a second claim wait for the first one's commit, and finds a duplicate", async () => {
      await using t = await openBed(options);
      const first = await begin(t.bed.database);
      await t.stores.inbox.claim(first.tx, sampleRef(now));
      const second = t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)));
      await t.bed.untilWaiting(1);
      await first.commit();
      expect(await second).toEqual(duplicate);
    });

    it("lets a second claim in when the first one rolls back", async () => {
      await using t = await openBed(options);
      const first = await begin(t.bed.database);
      await t.stores.inbox.claim(first.tx, sampleRef(now));
      const second = t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)));
      await t.bed.untilWaiting(1);
      await first.rollBack();
      expect(await second).toEqual(claimed);
    });

    it("lets many events in by one statement, as one after the other", async () => {
      await using t = await openBed(options);
      const refs = [
        sampleRef(now),
        sampleRef(now, { consumer: "payments" }),
        sampleRef(now, { source: "/shop/carts" }),
        sampleRef(now, { eventId: uuidV7(now, 1) }),
        sampleRef(now, { eventId: "order-1" }),
        sampleRef(now, { eventId: 'заказ 😀 "1"' }),
        sampleRef(now - 86_400_000, { eventId: uuidV7(now - 86_400_000) }),
      ];
      expect(await t.inTx((tx) => t.stores.inbox.claimAll(tx, []))).toEqual([]);
      expect(await t.inTx((tx) => t.stores.inbox.claimAll(tx, refs))).toEqual(refs.map(() => claimed));
      expect(await t.inTx((tx) => t.stores.inbox.claimAll(tx, refs))).toEqual(refs.map(() => duplicate));
      for (const ref of refs) expect(await t.inTx((tx) => t.stores.inbox.claim(tx, ref))).toEqual(duplicate);
    });

    it("answers for each of many: new, named twice, known, too old", async () => {
      await using t = await openBed(options);
      const old = now - 20 * 86_400_000;
      const known = sampleRef(now, { eventId: uuidV7(now, 1) });
      await t.inTx(async (tx) => {
        await t.stores.inbox.claim(tx, known);
        await t.stores.inbox.setState(tx, known, "dead");
        await t.stores.inbox.reopen(tx, known, 1);
      });
      await t.stores.inbox.prune(now - 10 * 86_400_000);
      const refs = [sampleRef(now), known, sampleRef(now), sampleRef(old, { eventId: uuidV7(old) })];
      expect(await t.inTx((tx) => t.stores.inbox.claimAll(tx, refs))).toEqual([
        claimed,
        { kind: "duplicate", state: "parked", redrives: 1 },
        duplicate,
        { kind: "too_old" },
      ]);
    });

    it("makes a claim of many wait for the first one's end", async () => {
      await using t = await openBed(options);
      for (const end of ["commit", "rollBack"] as const) {
        const refs = [1, 2, 3].map((counter) => sampleRef(now, { consumer: end, eventId: uuidV7(now, counter) }));
        const first = await begin(t.bed.database);
        await t.stores.inbox.claimAll(first.tx, refs.slice(1));
        const second = t.inTx((tx) => t.stores.inbox.claimAll(tx, refs));
        await t.bed.untilWaiting(1);
        await first[end]();
        const held = end === "commit" ? duplicate : claimed;
        expect(await second).toEqual([claimed, held, held]);
      }
    });

    it("lets two that claim the same events in opposite order wait for each other, not for ever", async () => {
      await using t = await openBed(options);
      const refs = Array.from({ length: 200 }, (_, counter) => sampleRef(now, { eventId: uuidV7(now, counter) }));
      const claimAll = (order: typeof refs) => t.inTx((tx) => t.stores.inbox.claimAll(tx, order));
      const [one, other] = await Promise.all([claimAll(refs), claimAll(refs.toReversed())]);
      const both = refs.map((_, index) => [one[index]!.kind, other.at(-1 - index)!.kind].sort());
      expect(both).toEqual(refs.map(() => ["claimed", "duplicate"]));
    });

    it.each([
      ["inbox-without-source", { source: "/shop/carts" }],
      ["inbox-without-consumer", { consumer: "payments" }],
    ] as const)("swallows one of many that another one hides, with the fault %s", async (mutation, other) => {
      await using t = await openBed(options);
      const stores = t.bed.createStores({ probe: without(mutation) });
      const claims = await t.inTx((tx) => stores.inbox.claimAll(tx, [sampleRef(now), sampleRef(now, other)]));
      expect(claims).toEqual([claimed, duplicate]);
    });

    it("keeps the state that the transaction leaves", async () => {
      await using t = await openBed(options);
      await t.inTx(async (tx) => {
        await t.stores.inbox.claim(tx, sampleRef(now));
        await t.stores.inbox.setState(tx, sampleRef(now), "parked");
      });
      const again = await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)));
      expect(again).toEqual({ kind: "duplicate", state: "parked", redrives: 0 });
    });

    it("survives a reopening of the database", async () => {
      await using t = await openBed(options);
      await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)));
      await t.bed.reopen();
      const stores = t.bed.createStores();
      expect(await t.inTx((tx) => stores.inbox.claim(tx, sampleRef(now)))).toEqual(duplicate);
    });
  });

  describe("redrive of a dead event", () => {
    it("runs the same event id again, once for each number (T38)", async () => {
      await using t = await openBed(options);
      const reopen = (redrive: number) => t.inTx((tx) => t.stores.inbox.reopen(tx, sampleRef(now), redrive));
      const set = (state: "dead" | "done") => t.inTx((tx) => t.stores.inbox.setState(tx, sampleRef(now), state));
      await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)));
      expect(await reopen(1)).toBe(false);
      await set("dead");
      expect(await reopen(1)).toBe(true);
      expect(await reopen(1)).toBe(false);
      await set("dead");
      expect(await reopen(1)).toBe(false);
      expect(await reopen(2)).toBe(true);
      await set("done");
      expect(await reopen(3)).toBe(false);
      const found = await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)));
      expect(found).toEqual({ kind: "duplicate", state: "done", redrives: 2 });
    });

    it("takes a handled event back for a replay that repeats effects, once for each number", async () => {
      await using t = await openBed(options);
      const again = (redrive: number) =>
        t.inTx((tx) => t.stores.inbox.reopen(tx, sampleRef(now), redrive, { again: true }));
      await t.inTx((tx) => t.stores.inbox.claim(tx, sampleRef(now)));
      expect(await again(5)).toBe(true);
      expect(await again(6)).toBe(false);
      await t.inTx((tx) => t.stores.inbox.setState(tx, sampleRef(now), "done"));
      expect(await again(5)).toBe(false);
      expect(await again(6)).toBe(true);
    });

    it("is refused for an event that was never seen", async () => {
      await using t = await openBed(options);
      expect(await t.inTx((tx) => t.stores.inbox.reopen(tx, sampleRef(now), 1))).toBe(false);
    });

    it("would run twice, with the fault redrive-leaves-inbox-row", async () => {
      await using t = await openBed(options);
      const stores = t.bed.createStores({ probe: without("redrive-leaves-inbox-row") });
      await t.inTx(async (tx) => {
        await stores.inbox.claim(tx, sampleRef(now));
        await stores.inbox.setState(tx, sampleRef(now), "dead");
      });
      expect(await t.inTx((tx) => stores.inbox.reopen(tx, sampleRef(now), 1))).toBe(true);
      expect(await t.inTx((tx) => stores.inbox.reopen(tx, sampleRef(now), 1))).toBe(true);
    });

    it("is had by one of two that ask at once", async () => {
      await using t = await openBed(options);
      await t.inTx(async (tx) => {
        await t.stores.inbox.claim(tx, sampleRef(now));
        await t.stores.inbox.setState(tx, sampleRef(now), "dead");
      });
      const reopen = () => t.inTx((tx) => t.stores.inbox.reopen(tx, sampleRef(now), 1));
      expect((await Promise.all([reopen(), reopen()])).sort()).toEqual([false, true]);
    });
  });
}
