import { describe, expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import type { ProbePoint } from "../core/probe.ts";
import { outboxPartitions } from "../core/store/outbox-store.ts";
import { type Fact, openRelayBed, type RelayBed } from "../testing/relay-bed.ts";
import { stopAt, without } from "../testing/stop-at.ts";

const unavailable = new ConcordError("unavailable", "the broker is away");

/** Hashes to the outbox partition of the key `a`. */
const samePartitionAsA = "b1";

function factsOf(key: string, count: number): Fact[] {
  return Array.from({ length: count }, (_, index) => ({ key, body: `${key}${index + 1}` }));
}

async function bodiesOf(bed: RelayBed, key: string): Promise<readonly string[]> {
  return (await bed.bodies()).filter((body) => body.startsWith(key));
}

describe("a relay", () => {
  it("sends committed rows in the order of their key and empties the outbox", async () => {
    await using bed = await openRelayBed();
    await bed.commit({ key: "a", body: "a1" }, { key: "b", body: "b1" }, { key: "a", body: "a2" });
    const relay = bed.relay();
    await relay.runUntilIdle();
    expect(await bodiesOf(bed, "a")).toEqual(["a1", "a2"]);
    expect(relay.status()).toMatchObject({ published: 3, duplicates: 0, failed: 0 });
    expect(await bed.stores.outbox.status()).toMatchObject({ waiting: 0 });
  });

  it("sends rows without a key, and rows of one key to several streams in order", async () => {
    await using bed = await openRelayBed();
    await bed.commit({ body: "x" }, { key: "a", body: "a1" }, { key: "a", body: "c1", stream: "cmd-payments" });
    await bed.commit({ key: "a", body: "a2" }, { body: "y" });
    await bed.relay().runUntilIdle();
    expect(await bodiesOf(bed, "a")).toEqual(["a1", "a2"]);
    expect(await bed.bodies("cmd-payments")).toEqual(["c1"]);
    expect(await bed.bodies()).toHaveLength(4);
  });

  it("sends nothing of a transaction that was rolled back", async () => {
    await using bed = await openRelayBed();
    const rollback = bed.database.transaction(async (tx) => {
      await bed.commitWithin(tx, { key: "a", body: "a1" });
      throw new Error("rolled back");
    });
    await expect(rollback).rejects.toThrow("rolled back");
    await bed.relay().runUntilIdle();
    expect(await bed.bodies()).toEqual([]);
  });

  it("runs until its signal aborts, woken by commits", async () => {
    await using bed = await openRelayBed();
    const stop = new AbortController();
    const relay = bed.relay();
    const running = relay.run(stop.signal);
    await bed.commit({ key: "a", body: "a1" });
    relay.wake();
    await bed.until(async () => (await bed.bodies()).length === 1);
    await bed.commit({ key: "a", body: "a2" });
    await bed.until(async () => (await bed.bodies()).length === 2);
    stop.abort();
    await running;
    expect(relay.status().partitions).toBe(0);
  });

  it("looks for rows rarely when none come (idle)", async () => {
    await using bed = await openRelayBed();
    let looks = 0;
    const store = { ...bed.stores.outbox, pendingPartitions: async () => [].slice(looks++) };
    const stop = new AbortController();
    const running = bed.relay({ store }).run(stop.signal);
    await bed.clock.sleep(60_000);
    stop.abort();
    await running;
    expect(looks).toBeLessThan(70);
    expect(looks).toBeGreaterThan(55);
  });

  it("outlives a database that is away for a while", async () => {
    await using bed = await openRelayBed();
    let failures = 5;
    const read: typeof bed.stores.outbox.read = async (...values) => {
      if (failures-- > 0) throw unavailable;
      return bed.stores.outbox.read(...values);
    };
    await bed.commit(...factsOf("a", 3));
    await bed.relay({ store: { ...bed.stores.outbox, read } }).runUntilIdle();
    expect(await bed.bodies()).toEqual(["a1", "a2", "a3"]);
  });
});

describe.each([{ atomicBatch: true }, { atomicBatch: false }])(
  "a relay that dies ($atomicBatch)",
  ({ atomicBatch }) => {
    const points: ProbePoint[] = ["relay.claim", "relay.batch", "relay.publish", "relay.delete", "relay.commit"];

    it.each(points)(
      "at %s leaves the rest to the next one: nothing is lost, no key out of order (T4)",
      async (point) => {
        await using bed = await openRelayBed({ atomicBatch });
        await bed.commit(...factsOf("a", 5), ...factsOf("b", 5));
        const probe = stopAt(point);
        await expect(bed.relay({ probe }).runUntilIdle()).rejects.toThrow("died at");
        expect(probe.died).toBe(true);
        await bed.relay().runUntilIdle();
        expect(await bodiesOf(bed, "a")).toEqual(["a1", "a2", "a3", "a4", "a5"]);
        expect(await bodiesOf(bed, "b")).toEqual(["b1", "b2", "b3", "b4", "b5"]);
      },
    );

    it("after a publish repeats it with the same id, which the broker drops (T4)", async () => {
      await using bed = await openRelayBed({ atomicBatch });
      await bed.commit(...factsOf("a", 3));
      await expect(bed.relay({ probe: stopAt("relay.publish") }).runUntilIdle()).rejects.toThrow();
      const relay = bed.relay();
      await relay.runUntilIdle();
      expect(relay.status().duplicates).toBeGreaterThan(0);
      expect(await bed.bodies()).toEqual(["a1", "a2", "a3"]);
    });
  },
);

describe("the order of a key", () => {
  it("does not depend on a lost answer: the tail waits until it is resolved", async () => {
    let lost = 0;
    await using bed = await openRelayBed({
      atomicBatch: false,
      faults: ([message]) => {
        if (Buffer.from(message!.body).toString() !== "a2" || lost++ > 2) return undefined;
        return { when: lost % 2 ? "before" : "after", error: new ConcordError("deadline_exceeded", "no answer") };
      },
    });
    await bed.commit(...factsOf("a", 4));
    await bed.relay().runUntilIdle();
    expect(await bed.bodies()).toEqual(["a1", "a2", "a3", "a4"]);
  });

  it.each(["two-outstanding-of-a-key", "go-on-after-failure"] as const)(
    "breaks without its safeguard: %s",
    async (mutation) => {
      let failures = 0;
      await using bed = await openRelayBed({
        atomicBatch: false,
        faults: ([message]) =>
          Buffer.from(message!.body).toString() === "a2" && failures++ === 0
            ? { when: "before", error: new ConcordError("internal", "a passing fault") }
            : undefined,
      });
      await bed.commit(...factsOf("a", 4));
      await bed.relay({ probe: without(mutation) }).runUntilIdle();
      expect(await bed.bodies()).not.toEqual(["a1", "a2", "a3", "a4"]);
    },
  );

  it("holds when a row of a smaller id becomes visible late (T1)", async () => {
    await using bed = await openRelayBed();
    const late = bed.hide("a1");
    await bed.commit({ key: "a", body: "a1" }, { key: samePartitionAsA, body: "b1" });
    const stop = new AbortController();
    const running = bed.relay({ store: late.store }).run(stop.signal);
    await bed.until(async () => (await bed.bodies()).length === 1);
    late.show();
    await bed.until(async () => (await bed.bodies()).length === 2);
    stop.abort();
    await running;
    expect(await bed.bodies()).toEqual(["b1", "a1"]);
  });

  it("loses a late row to a cursor over ids, the fault of T1", async () => {
    await using bed = await openRelayBed();
    const late = bed.hide("a1");
    await bed.commit({ key: "a", body: "a1" }, { key: samePartitionAsA, body: "b1" });
    const stop = new AbortController();
    const running = bed.relay({ store: late.store, probe: without("cursor-by-id") }).run(stop.signal);
    await bed.until(async () => (await bed.bodies()).length === 1);
    late.show();
    await bed.clock.sleep(600_000);
    stop.abort();
    await running;
    expect(await bed.bodies()).toEqual(["b1"]);
  });

  it("holds with two relays at once on the same partitions (T3, T31)", async () => {
    await using bed = await openRelayBed({ dedupeWindowMs: 0 });
    await bed.commit(...factsOf("a", 50), ...factsOf("b", 50));
    await Promise.all([bed.relay().runUntilIdle(), bed.relay().runUntilIdle()]);
    expect(firstOccurrences(await bodiesOf(bed, "a"))).toEqual(factsOf("a", 50).map(({ body }) => body));
    expect(firstOccurrences(await bodiesOf(bed, "b"))).toEqual(factsOf("b", 50).map(({ body }) => body));
  });
});

describe("delete after acknowledgement", () => {
  it("is what keeps a row that the broker never got", async () => {
    for (const probe of [undefined, without("delete-before-ack")]) {
      let failures = 0;
      await using bed = await openRelayBed({
        faults: () => (failures++ === 0 ? { when: "before", error: unavailable } : undefined),
      });
      await bed.commit({ key: "a", body: "a1" });
      await bed.relay({ probe }).runUntilIdle();
      expect(await bed.bodies()).toEqual(probe ? [] : ["a1"]);
    }
  });
});

describe("the message id", () => {
  it("lets the broker drop what a relay repeats; without it the stream has the row twice (T22)", async () => {
    for (const probe of [undefined, without("no-message-id")]) {
      let failures = 0;
      await using bed = await openRelayBed({
        faults: () => (failures++ === 0 ? { when: "after", error: unavailable } : undefined),
      });
      await bed.commit({ key: "a", body: "a1" });
      let random = 0;
      await bed.relay({ probe, random: () => (random += 0.01) }).runUntilIdle();
      expect(await bed.bodies()).toEqual(probe ? ["a1", "a1"] : ["a1"]);
    }
  });
});

it("names every partition of the outbox in the share that it asks for", async () => {
  await using bed = await openRelayBed();
  const asked: unknown[] = [];
  const stop = new AbortController();
  const running = bed
    .relay({
      share: ({ scope, partitions }) => ({
        run: async () => {
          asked.push(scope, partitions);
          stop.abort();
        },
      }),
    })
    .run(stop.signal);
  await running;
  expect(asked).toEqual(["relay", outboxPartitions]);
});

function firstOccurrences(bodies: readonly string[]): string[] {
  return [...new Set(bodies)];
}
