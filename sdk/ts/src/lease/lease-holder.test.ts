import { describe, expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import type { LeaseStore } from "../core/store/lease-store.ts";
import { openRelayBed, type RelayBed } from "../testing/relay-bed.ts";
import { stopAt } from "../testing/stop-at.ts";
import { createLeaseHolder, fairShare, type LeaseHolder, type LeaseOptions } from "./lease-holder.ts";
import { createLeaseTally } from "./lease-tally.ts";

interface Replica {
  readonly owner: string;
  readonly holder: LeaseHolder;
  readonly stop: AbortController;
  readonly running: Promise<void>;
  readonly signals: Map<number, AbortSignal>;
  readonly lost: number[];
}

interface ReplicaOptions extends Partial<LeaseOptions> {
  readonly onLost?: (partition: number) => Promise<void> | void;
}

function startReplica(bed: RelayBed, owner: string, options: ReplicaOptions = {}): Replica {
  const stop = new AbortController();
  const signals = new Map<number, AbortSignal>();
  const lost: number[] = [];
  const holder = createLeaseHolder({
    store: bed.stores.lease,
    scope: "relay",
    partitions: 16,
    owner,
    clock: bed.clock,
    onAcquired: (partition, signal) => signals.set(partition, signal),
    ...options,
    onLost: (partition) => {
      lost.push(partition);
      return options.onLost?.(partition);
    },
  });
  return { owner, holder, stop, running: holder.run(stop.signal), signals, lost };
}

/** A lease store whose heartbeats stop at a word, as those of a frozen process or of a cut connection do. */
const answerMs = 500;

function freezable(store: LeaseStore, clock: RelayBed["clock"]) {
  let frozen = false;
  return {
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    store: {
      ...store,
      balance: async (request: Parameters<LeaseStore["balance"]>[0]) => {
        if (frozen) throw new ConcordError("unavailable", "cut");
        const view = await store.balance(request);
        await clock.sleep(answerMs);
        return view;
      },
    },
  };
}

const sizes = (...replicas: readonly Replica[]) => replicas.map(({ holder }) => holder.held.size);

async function endAll(...replicas: readonly Replica[]): Promise<void> {
  for (const { stop } of replicas) stop.abort();
  await Promise.all(replicas.map(({ running }) => running));
}

describe("a lease holder", () => {
  it("holds every partition when it is alone, and gives all back at its end", async () => {
    await using bed = await openRelayBed();
    const one = startReplica(bed, "one");
    await bed.until(async () => one.holder.held.size === 16);
    expect(one.holder.members).toBe(1);
    await endAll(one);
    expect(one.lost).toHaveLength(16);
    expect([...one.signals.values()].every(({ aborted }) => aborted)).toBe(true);
    expect(await bed.stores.lease.list("relay")).toEqual([]);
  });

  it("counts leases acquired, released and lost, by scope", async () => {
    await using bed = await openRelayBed();
    const dying = freezable(bed.stores.lease, bed.clock);
    const [tally, other] = [createLeaseTally(), createLeaseTally()];
    const one = startReplica(bed, "one", { store: dying.store, tally });
    await bed.until(async () => one.holder.held.size === 16);
    const two = startReplica(bed, "two", { tally: other });
    await bed.until(async () => sizes(one, two).join() === "8,8");
    expect(tally.counts()).toEqual([
      { scope: "relay", change: "acquired", count: 16 },
      { scope: "relay", change: "released", count: 8 },
    ]);
    dying.freeze();
    await bed.until(async () => two.holder.held.size === 16);
    expect(tally.counts()).toContainEqual({ scope: "relay", change: "lost", count: 8 });
    expect(other.counts()).toEqual([{ scope: "relay", change: "acquired", count: 16 }]);
    await endAll(one, two);
    expect(other.counts()).toContainEqual({ scope: "relay", change: "released", count: 16 });
  });

  it("shares with a replica that joins, within seconds", async () => {
    await using bed = await openRelayBed();
    const one = startReplica(bed, "one");
    await bed.until(async () => one.holder.held.size === 16);
    await bed.clock.sleep(1_500);
    const joinedAtMs = bed.clock.now();
    const two = startReplica(bed, "two");
    await bed.until(async () => one.lost.length === 8);
    const givenAtMs = bed.clock.now();
    expect(givenAtMs - joinedAtMs).toBeLessThan(4_000);
    await bed.until(async () => two.holder.held.size === 8);
    expect(bed.clock.now() - givenAtMs).toBeLessThan(1_200);
    expect(sizes(one, two)).toEqual([8, 8]);
    await endAll(one, two);
  });

  it("shares among three and takes over at once from one that leaves", async () => {
    await using bed = await openRelayBed();
    const [one, two, three] = ["one", "two", "three"].map((owner) => startReplica(bed, owner)) as [
      Replica,
      Replica,
      Replica,
    ];
    await bed.until(async () => sizes(one, two, three).every((size) => size >= 4));
    expect(sizes(one, two, three).reduce((sum, size) => sum + size)).toBe(16);
    await endAll(three);
    const leftAtMs = bed.clock.now();
    await bed.until(async () => sizes(one, two).join() === "8,8");
    expect(bed.clock.now() - leftAtMs).toBeLessThan(4_000);
    await endAll(one, two);
  });

  it("takes over from one that died within two lease times (F22)", async () => {
    await using bed = await openRelayBed();
    const dying = freezable(bed.stores.lease, bed.clock);
    const one = startReplica(bed, "one", { store: dying.store });
    const two = startReplica(bed, "two");
    await bed.until(async () => sizes(one, two).join() === "8,8");
    dying.freeze();
    const diedAtMs = bed.clock.now();
    await bed.until(async () => two.holder.held.size === 16);
    expect(bed.clock.now() - diedAtMs).toBeLessThanOrEqual(20_000);
    await endAll(one, two);
  });

  it("ends its work before its lease ends in the database, counted from before the renewal was sent (T31)", async () => {
    await using bed = await openRelayBed();
    const cut = freezable(bed.stores.lease, bed.clock);
    let endedAtMs = 0;
    const onLost = () => {
      endedAtMs = bed.clock.now();
    };
    const one = startReplica(bed, "one", { store: cut.store, onLost });
    await bed.until(async () => one.holder.held.size === 16);
    cut.freeze();
    await bed.until(async () => one.holder.held.size === 0);
    const [lease] = await bed.stores.lease.list("relay");
    expect(endedAtMs).toBeLessThanOrEqual(bed.clock.now() + lease!.expiresInMs);
    expect([...one.signals.values()].every(({ aborted }) => aborted)).toBe(true);
    cut.thaw();
    await bed.until(async () => one.holder.held.size === 16);
    await endAll(one);
  });

  it("gives a partition to another replica only when the work on it has ended", async () => {
    await using bed = await openRelayBed();
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const one = startReplica(bed, "one", { onLost: () => finished });
    await bed.until(async () => one.holder.held.size === 16);
    const two = startReplica(bed, "two");
    await bed.until(async () => one.lost.length === 8);
    await bed.clock.sleep(5_000);
    expect(two.holder.held.size).toBe(0);
    expect(one.holder.held.size).toBe(8);
    finish();
    await bed.until(async () => two.holder.held.size === 8);
    await endAll(one, two);
  });

  it("leaves its leases to their expiry when it dies, at any point of a heartbeat", async () => {
    for (const point of ["lease.renew", "lease.acquire"] as const) {
      await using bed = await openRelayBed();
      const one = startReplica(bed, "one", { probe: stopAt(point) });
      await expect(one.running).rejects.toThrow(`died at ${point}`);
      expect(await bed.stores.lease.list("relay")).toHaveLength(16);
      const two = startReplica(bed, "two");
      await bed.until(async () => two.holder.held.size === 16);
      await endAll(two);
    }
  });

  it("aims at an equal share, rounded up", () => {
    expect([1, 2, 3, 16, 17].map((members) => fairShare(16, members))).toEqual([16, 8, 6, 1, 1]);
    expect(fairShare(16, 0)).toBe(16);
  });
});
