import { describe, expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import type { OutgoingMessage } from "../core/message.ts";
import { type Fact, openRelayBed } from "../testing/relay-bed.ts";
import { without } from "../testing/stop-at.ts";

/** Keys of one outbox partition, so that one page holds them. */
const facts: Fact[] = [1, 2, 3].flatMap((n) => [
  { key: "poison", body: `p${n}` },
  { key: "k1", body: `k${n}` },
]);

const bodyOf = (message: OutgoingMessage) => Buffer.from(message.body).toString();

describe("sending in atomic batches", () => {
  it("sends a page at once, rows of one key in their order", async () => {
    const sizes: number[] = [];
    await using bed = await openRelayBed({ faults: (messages) => void sizes.push(messages.length) });
    await bed.commit(...facts);
    await bed.relay().runUntilIdle();
    expect(sizes).toEqual([6]);
    expect(await bed.bodies()).toEqual(facts.map(({ body }) => body));
  });

  it("goes one by one when a repetition rejects the batch", async () => {
    const sizes: number[] = [];
    await using bed = await openRelayBed({ faults: (messages) => void sizes.push(messages.length) });
    await bed.commit(...facts);
    const [first] = await bed.stores.outbox.read(1, 1);
    await bed.transport.publish(first!);
    const relay = bed.relay();
    await relay.runUntilIdle();
    expect(sizes).toEqual([1, 6, 1, 1, 1, 1, 1, 1]);
    expect(relay.status().duplicates).toBe(1);
    expect(await bed.bodies()).toEqual(facts.map(({ body }) => body));
  });

  it("never gets past a repetition without the fallback", async () => {
    await using bed = await openRelayBed();
    await bed.commit(...facts);
    const [first] = await bed.stores.outbox.read(1, 1);
    await bed.transport.publish(first!);
    const relay = bed.relay({ probe: without("no-one-by-one-fallback"), maxAttempts: 3 });
    await relay.runUntilIdle();
    expect(relay.status().quarantined).toBeGreaterThan(0);
  });

  it("goes one by one after a batch without an answer, as its rows may be stored", async () => {
    const sizes: number[] = [];
    await using bed = await openRelayBed({
      faults: (messages) =>
        sizes.push(messages.length) === 1
          ? { when: "after", error: new ConcordError("unavailable", "cut") }
          : undefined,
    });
    await bed.commit(...facts);
    const relay = bed.relay();
    await relay.runUntilIdle();
    expect(sizes).toEqual([6, 1, 1, 1, 1, 1, 1]);
    expect(relay.status().duplicates).toBe(6);
    expect(await bed.bodies()).toEqual(facts.map(({ body }) => body));
  });

  it("goes one by one when a row is at fault, and puts aside that row alone", async () => {
    await using bed = await openRelayBed({
      faults: (messages) =>
        messages.some((message) => bodyOf(message) === "p2")
          ? { when: "before", error: new ConcordError("too_large", "planned") }
          : undefined,
    });
    await bed.commit(...facts);
    const relay = bed.relay();
    await relay.runUntilIdle();
    expect(relay.status().quarantined).toBe(1);
    expect(await bed.bodies()).toEqual(expect.arrayContaining(["p1", "k1", "k2", "k3"]));
    expect(await bed.bodies()).not.toContain("p3");
  });

  it("lets a key's row to a second stream wait for those before it", async () => {
    const order: string[] = [];
    await using bed = await openRelayBed({ faults: (messages) => void order.push(messages.map(bodyOf).join()) });
    await bed.commit(
      { key: "k1", body: "k1" },
      { key: "k1", body: "c1", stream: "cmd-payments" },
      { key: "poison", body: "p1" },
      { key: "k1", body: "k2" },
      { key: "poison", body: "p2" },
    );
    await bed.relay().runUntilIdle();
    expect(order).toEqual(["k1,p1,p2", "c1", "k2"]);
  });

  it("stops what waits for a row of another stream when that row fails", async () => {
    let failures = 0;
    await using bed = await openRelayBed({
      faults: (messages) =>
        messages.some((message) => bodyOf(message) === "k1") && failures++ === 0
          ? { when: "before", error: new ConcordError("internal", "planned") }
          : undefined,
    });
    await bed.commit({ key: "k1", body: "k1" }, { key: "k1", body: "c1", stream: "cmd-payments" });
    const running = bed.relay().runUntilIdle();
    await bed.clock.sleep(10);
    expect(await bed.bodies("cmd-payments")).toEqual([]);
    await running;
    expect(await bed.bodies("cmd-payments")).toEqual(["c1"]);
  });

  it("sends more rows than a batch takes", async () => {
    await using bed = await openRelayBed();
    const many = Array.from({ length: 1_200 }, (_, index) => ({ key: "k1", body: `k${index}` }));
    await bed.commit(...many);
    await bed.relay().runUntilIdle();
    expect(await bed.bodies()).toEqual(many.map(({ body }) => body));
  });

  it("sends few rows one by one, where a batch does not pay, and many of one key at once", async () => {
    const sizes: number[] = [];
    await using bed = await openRelayBed({ faults: (messages) => void sizes.push(messages.length) });
    await bed.commit(...facts);
    await bed.relay({ minBatchRows: undefined }).runUntilIdle();
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1]);
    await bed.commit(...Array.from({ length: 60 }, (_, index) => ({ key: "k1", body: `hot${index}` })));
    await bed.relay({ minBatchRows: undefined }).runUntilIdle();
    expect(sizes.slice(6)).toEqual([60]);
  });
});
