import { describe, expect, it } from "vitest";
import type { ParkedEvent } from "../../../core/store/parking-store.ts";
import { begin, openBed, type StoreComplianceOptions, type TestBed, without } from "./bed.ts";
import { sampleParked, samplePartition } from "./samples.ts";

const here = samplePartition();

/** Events that wait. */
export function parking<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  const park = (t: TestBed<Db, Tx>, sequence: number, key?: string, delayMs = 0) =>
    t.inTx((tx) => t.stores.parking.park(tx, sampleParked(sequence, key), delayMs));
  /** Sequence of what is claimed, and what the given step does with it. */
  const claim = (t: TestBed<Db, Tx>, step: (tx: Tx, event: ParkedEvent) => Promise<void> = async () => {}) =>
    t.inTx(async (tx) => {
      const event = await t.stores.parking.claimDue(tx, [here]);
      if (event !== undefined) await step(tx, event);
      return event?.sequence;
    });

  describe("parking", () => {
    it("gives back what was parked", async () => {
      await using t = await openBed(options);
      const event = sampleParked(7, "ключ.*\0", { headers: { a: "\u0000" }, redrives: 2, attempts: 3 });
      await t.inTx((tx) => t.stores.parking.park(tx, event, 0));
      await t.bed.reopen();
      const found = await t.inTx((tx) => t.bed.createStores().parking.claimDue(tx, [here]));
      expect({ ...found, body: Uint8Array.from(found!.body) }).toEqual({
        ...event,
        id: expect.any(BigInt),
        dueAtMs: 0,
      });
    });

    it("knows which keys wait, inside the transaction that parks them and after it", async () => {
      await using t = await openBed(options);
      const isParked = (tx: Tx, key: string) => t.stores.parking.isKeyParked(tx, here, key);
      await t.inTx(async (tx) => {
        expect(await isParked(tx, "k")).toBe(false);
        await t.stores.parking.park(tx, sampleParked(1, "k"), 0);
        expect(await isParked(tx, "k")).toBe(true);
      });
      expect(await t.inTx((tx) => isParked(tx, "k"))).toBe(true);
      expect(await t.inTx((tx) => isParked(tx, "other"))).toBe(false);
      expect(await t.inTx((tx) => t.stores.parking.isKeyParked(tx, samplePartition(1), "k"))).toBe(false);
      expect(await t.stores.parking.count(here)).toBe(1);
    });

    it("knows which of many keys wait", async () => {
      await using t = await openBed(options);
      for (const [index, key] of ["k", "заказ 1", "_"].entries()) await park(t, index + 1, key);
      await park(t, 9);
      const asked = ["other", "_", "k", "k", "заказ 1"];
      const found = (keys: readonly string[], ref = here) =>
        t.inTx(async (tx) => [...(await t.stores.parking.parkedKeys(tx, ref, keys))]);
      expect(await found(asked)).toEqual(["_", "k", "заказ 1"]);
      expect(await found([])).toEqual([]);
      expect(await found(asked, samplePartition(1))).toEqual([]);
    });

    it("gives the events of a key in their order, each when the one before is settled (T14)", async () => {
      await using t = await openBed(options);
      for (const sequence of [12, 3, 7]) await park(t, sequence, "k");
      expect(await claim(t)).toBe(3n);
      const seen: unknown[] = [];
      for (let count = 0; count < 4; count++) seen.push(await claim(t, t.stores.parking.remove));
      expect(seen).toEqual([3n, 7n, 12n, undefined]);
    });

    it("keeps the tail of a key behind a head that waits, and no other key", async () => {
      await using t = await openBed(options);
      await park(t, 1, "slow", 60_000);
      await park(t, 2, "slow");
      expect(await claim(t)).toBeUndefined();
      await park(t, 3, "quick");
      await park(t, 4);
      const remove = t.stores.parking.remove;
      expect([await claim(t, remove), await claim(t, remove), await claim(t, remove)]).toEqual([3n, 4n, undefined]);
      await t.bed.passTime(60_000);
      expect([await claim(t, remove), await claim(t, remove)]).toEqual([1n, 2n]);
    });

    it("would give the tail before its head, with the fault runner-ignores-order", async () => {
      await using t = await openBed(options);
      const stores = t.bed.createStores({ probe: without("runner-ignores-order") });
      await park(t, 1, "slow", 60_000);
      await park(t, 2, "slow");
      expect((await t.inTx((tx) => stores.parking.claimDue(tx, [here])))?.sequence).toBe(2n);
    });

    it("keeps apart events that a stream gave one sequence in two of its lives, the earlier first (T26)", async () => {
      await using t = await openBed(options);
      const position = { sequence: 9n, eventId: "e", streamCreatedAtMs: 1, eventTimeMs: 1 };
      await t.stores.cursor.advance([{ ...here, ...position }]);
      await park(t, 5, "a");
      await t.stores.cursor.rewind(here, { ...position, sequence: 0n }, { isOtherStream: true });
      await park(t, 5, "b", 60_000);
      await park(t, 3, "a");
      expect(await t.stores.parking.count(here)).toBe(3);
      const remove = t.stores.parking.remove;
      expect([await claim(t, remove), await claim(t, remove), await claim(t, remove)]).toEqual([5n, 3n, undefined]);
      expect(await t.inTx((tx) => t.stores.parking.isKeyParked(tx, here, "b"))).toBe(true);
      await t.bed.passTime(60_000);
      expect(await claim(t, remove)).toBe(5n);
    });

    it("counts no new life for a replay, which gives the same events again", async () => {
      await using t = await openBed(options);
      const position = { sequence: 9n, eventId: "e", streamCreatedAtMs: 1, eventTimeMs: 1 };
      await t.stores.cursor.advance([{ ...here, ...position }]);
      await park(t, 5, "a");
      await t.stores.cursor.rewind(here, { ...position, sequence: 0n });
      await park(t, 3, "a");
      expect(await claim(t)).toBe(3n);
    });

    it("costs the same for each event, however many wait behind it", async () => {
      await using t = await openBed(options);
      const parkMany = (count: number, partition: number) =>
        t.inTx(async (tx) => {
          for (let n = 1; n <= count; n++) {
            await t.stores.parking.park(tx, sampleParked(n, "k", samplePartition(partition)), 0);
          }
        });
      const medianRunMs = async (partition: number) => {
        const times: number[] = [];
        for (let run = 0; run < 51; run++) {
          const startedMs = performance.now();
          await t.inTx(async (tx) => {
            const event = await t.stores.parking.claimDue(tx, [samplePartition(partition)]);
            await t.stores.parking.remove(tx, event!);
          });
          times.push(performance.now() - startedMs);
        }
        return times.sort((a, b) => a - b)[25]!;
      };
      await parkMany(120, 1);
      await parkMany(6_000, 2);
      await medianRunMs(1);
      expect(await medianRunMs(2)).toBeLessThan((await medianRunMs(1)) * 3 + 0.5);
    });

    it("lets events without a key stand alone", async () => {
      await using t = await openBed(options);
      await park(t, 1, undefined, 60_000);
      await park(t, 2);
      expect(await claim(t)).toBe(2n);
    });

    it("keeps an event for another run with its attempts", async () => {
      await using t = await openBed(options);
      await park(t, 1, "k");
      await claim(t, (tx, event) => t.stores.parking.postpone(tx, event, 4, 30_000));
      expect(await claim(t)).toBeUndefined();
      await t.bed.passTime(30_000);
      const event = await t.inTx((tx) => t.stores.parking.claimDue(tx, [here]));
      expect(event).toMatchObject({ sequence: 1n, attempts: 4 });
      expect(event?.dueAtMs).toBeGreaterThan(0);
    });

    it("keeps an event whose run was rolled back", async () => {
      await using t = await openBed(options);
      await park(t, 1, "k");
      const failing = claim(t, async (tx, event) => {
        await t.stores.parking.remove(tx, event);
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await claim(t)).toBe(1n);
    });

    it("looks at the asked partitions only", async () => {
      await using t = await openBed(options);
      await park(t, 1, "k");
      const claimIn = (...partitions: number[]) =>
        t.inTx((tx) =>
          t.stores.parking.claimDue(
            tx,
            partitions.map((partition) => samplePartition(partition)),
          ),
        );
      expect(await claimIn()).toBeUndefined();
      expect(await claimIn(1, 2)).toBeUndefined();
      expect((await claimIn(2, 1, 0))?.sequence).toBe(1n);
      expect(await t.stores.parking.count(samplePartition(1))).toBe(0);
      expect(await t.stores.parking.count(samplePartition(1), here)).toBe(1);
      expect(await t.stores.parking.count()).toBe(0);
    });

    it("tells how long the next head has to wait", async () => {
      await using t = await openBed(options);
      const next = () => t.stores.parking.nextDueInMs([here]);
      expect(await next()).toBeUndefined();
      expect(await t.stores.parking.nextDueInMs([])).toBeUndefined();
      await park(t, 1, "k", 60_000);
      await park(t, 2, "k");
      const waiting = await next();
      expect(waiting).toBeGreaterThan(30_000);
      expect(waiting).toBeLessThanOrEqual(60_000);
      await t.bed.passTime(60_000);
      expect(await next()).toBe(0);
    });
  });

  if (options.concurrent)
    describe("parking with several runners", () => {
      it("gives a key to one of them, and the others the next keys", async () => {
        await using t = await openBed(options);
        await park(t, 1, "a");
        await park(t, 2, "a");
        await park(t, 3, "b");
        const first = await begin(t.bed.database);
        const head = await t.stores.parking.claimDue(first.tx, [here]);
        expect(head?.sequence).toBe(1n);
        const second = await begin(t.bed.database);
        expect((await t.stores.parking.claimDue(second.tx, [here]))?.sequence).toBe(3n);
        expect(await claim(t)).toBeUndefined();
        await t.stores.parking.remove(first.tx, head!);
        expect(await claim(t)).toBeUndefined();
        await first.commit();
        expect(await claim(t)).toBe(2n);
        await second.rollBack();
      });

      it("leaves no tail behind that arrives while the runner empties the key", async () => {
        await using t = await openBed(options);
        await park(t, 1, "k");
        const runner = await begin(t.bed.database);
        const head = await t.stores.parking.claimDue(runner.tx, [here]);
        await t.stores.parking.remove(runner.tx, head!);
        await t.inTx(async (tx) => {
          expect(await t.stores.parking.isKeyParked(tx, here, "k")).toBe(true);
          await t.stores.parking.park(tx, sampleParked(2, "k"), 0);
        });
        await runner.commit();
        expect(await claim(t)).toBe(2n);
      });
    });
}
