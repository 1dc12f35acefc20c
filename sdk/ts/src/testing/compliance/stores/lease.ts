import { describe, expect, it } from "vitest";
import type { LeaseStore, LeaseView } from "../../../core/store/lease-store.ts";
import { clockAt, openBed, type StoreComplianceOptions, without } from "./bed.ts";

const hour = 3_600_000;

/** A replica that does what it is told by its heartbeats. */
function createReplica(store: LeaseStore, owner: string, { scope = "relay", partitions = 8, ttlMs = 10_000 } = {}) {
  let held: readonly number[] = [];
  return {
    beat: async (): Promise<LeaseView> => {
      const view = await store.balance({ scope, partitions, owner, ttlMs, held });
      held = view.held;
      return view;
    },
    /** Gives back what is more than its fair share. */
    shed: async (view: LeaseView) => {
      const fair = Math.ceil(partitions / view.members);
      await store.release(scope, owner, held.slice(fair));
      held = held.slice(0, fair);
    },
    leave: () => store.leave(scope, owner),
  };
}

/** Who works on what. */
export function lease<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  const all = [0, 1, 2, 3, 4, 5, 6, 7];

  describe("leases", () => {
    it("all go to the only owner, who keeps them by its heartbeats", async () => {
      await using t = await openBed(options);
      const a = createReplica(t.stores.lease, "a");
      expect(await a.beat()).toEqual({ members: 1, held: all, acquired: all, lost: [] });
      await t.bed.passTime(6_000);
      expect(await a.beat()).toEqual({ members: 1, held: all, acquired: [], lost: [] });
      await t.bed.passTime(6_000);
      expect(await createReplica(t.stores.lease, "b").beat()).toMatchObject({ members: 2, held: [] });
    });

    it("are shared when an owner joins and the first gives back what is too much", async () => {
      await using t = await openBed(options);
      const [a, b, c] = ["a", "b", "c"].map((owner) => createReplica(t.stores.lease, owner));
      await a!.beat();
      expect(await b!.beat()).toEqual({ members: 2, held: [], acquired: [], lost: [] });
      await a!.shed(await a!.beat());
      expect(await b!.beat()).toMatchObject({ held: [4, 5, 6, 7], acquired: [4, 5, 6, 7] });
      expect(await c!.beat()).toMatchObject({ members: 3, held: [] });
      await a!.shed(await a!.beat());
      await b!.shed(await b!.beat());
      expect((await c!.beat()).held).toEqual([3, 7]);
      expect((await a!.beat()).held).toEqual([0, 1, 2]);
    });

    it("are taken over when an owner was silent for longer than their time, and it is told what it lost", async () => {
      await using t = await openBed(options);
      const [a, b] = ["a", "b"].map((owner) => createReplica(t.stores.lease, owner));
      await a!.beat();
      await b!.beat();
      await t.bed.passTime(9_000);
      expect((await b!.beat()).held).toEqual([]);
      await t.bed.passTime(2_000);
      expect(await b!.beat()).toEqual({ members: 1, held: all, acquired: all, lost: [] });
      expect(await a!.beat()).toEqual({ members: 2, held: [], acquired: [], lost: all });
    });

    it("that ran out stay with their owner when nobody took them", async () => {
      await using t = await openBed(options);
      const a = createReplica(t.stores.lease, "a");
      await a.beat();
      await t.bed.passTime(60_000);
      expect(await a.beat()).toEqual({ members: 1, held: all, acquired: [], lost: [] });
    });

    it("are free at once when their owner leaves", async () => {
      await using t = await openBed(options);
      const [a, b] = ["a", "b"].map((owner) => createReplica(t.stores.lease, owner));
      await a!.beat();
      await a!.leave();
      expect(await b!.beat()).toMatchObject({ members: 1, held: all });
    });

    it("are taken again by an owner that forgot them", async () => {
      await using t = await openBed(options);
      await createReplica(t.stores.lease, "a").beat();
      expect(await createReplica(t.stores.lease, "a").beat()).toMatchObject({ members: 1, held: all, acquired: all });
    });

    it("are released by nobody but their owner", async () => {
      await using t = await openBed(options);
      const a = createReplica(t.stores.lease, "a");
      await a.beat();
      await t.stores.lease.release("relay", "b", all);
      await t.stores.lease.release("relay", "a", []);
      expect(await a.beat()).toMatchObject({ held: all, lost: [] });
    });

    it("of different scopes do not know each other", async () => {
      await using t = await openBed(options);
      await createReplica(t.stores.lease, "a").beat();
      const other = createReplica(t.stores.lease, "b", { scope: "inventory/evt-orders", partitions: 2 });
      expect(await other.beat()).toMatchObject({ members: 1, held: [0, 1] });
    });

    it("are listed with their owners and times", async () => {
      await using t = await openBed(options);
      await createReplica(t.stores.lease, "a", { partitions: 2 }).beat();
      const listed = await t.stores.lease.list("relay");
      expect(listed).toMatchObject([
        { scope: "relay", partition: 0, owner: "a" },
        { scope: "relay", partition: 1, owner: "a" },
      ]);
      expect(listed[0]?.expiresInMs).toBeGreaterThan(5_000);
      expect(listed[0]?.expiresInMs).toBeLessThanOrEqual(10_000);
    });

    it("are never given twice when replicas ask at once", async () => {
      await using t = await openBed(options);
      const owners = ["a", "b", "c", "d"];
      const views = await Promise.all(owners.map((owner) => createReplica(t.stores.lease, owner).beat()));
      const held = views.flatMap((view) => view.held);
      expect(held.sort((a, b) => a - b)).toEqual([...new Set(held)]);
      expect((await t.stores.lease.list("relay")).map((each) => each.partition)).toEqual(held);
    });
  });

  if (options.concurrent)
    describe("leases of replicas whose clocks disagree", () => {
      it("go by the database's clock (T19)", async () => {
        await using t = await openBed(options);
        const skewed = t.bed.createStores({ clock: clockAt(Date.now() + hour) });
        await createReplica(t.stores.lease, "a").beat();
        expect(await createReplica(skewed.lease, "b").beat()).toMatchObject({ members: 2, held: [] });
      });

      it("would be taken from the living, with the fault local-clock-for-leases (T19)", async () => {
        await using t = await openBed(options);
        const skewed = t.bed.createStores({
          clock: clockAt(Date.now() + hour),
          probe: without("local-clock-for-leases"),
        });
        await createReplica(t.stores.lease, "a").beat();
        expect(await createReplica(skewed.lease, "b").beat()).toMatchObject({ members: 1, held: all });
      });
    });
}
