import { describe, expect, it } from "vitest";
import type { Outcome } from "../core/handler.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { type BatchQueuesOptions, createBatchQueues } from "./batch-queues.ts";
import { createKeyQueues } from "./key-queues.ts";
import { createSlots } from "./slots.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const done: Outcome = { kind: "done" };

/** Items are named by their key and a number. A batch is told how to end by whoever takes it from `begun`. */
function openQueues(changes: Partial<BatchQueuesOptions<string>> = {}) {
  const clock = createManualClock();
  const slots = createSlots(4);
  const settled: string[] = [];
  const alone: string[] = [];
  const faults: unknown[] = [];
  const begun: { items: readonly string[]; end: (isRefused?: boolean) => void; fail: (error: unknown) => void }[] = [];
  const onSettled = (item: string) => settled.push(item);
  const onFault = (error: unknown) => faults.push(error);
  const single = createKeyQueues<string>({
    slots,
    clock,
    attempt: async (item) => {
      alone.push(item);
      return done;
    },
    spill: async () => ({ kind: "parked" }),
    isAlone: () => false,
    maxPerKey: 100,
    onSettled,
    onFault,
  });
  const queues = createBatchQueues<string>({
    single,
    slots,
    clock,
    limits: { maxEvents: 3, maxWaitMs: 10 },
    fits: () => true,
    attempt: (items) =>
      new Promise((resolve, reject) => {
        const end = (isRefused = false) => resolve(isRefused ? undefined : items.map(() => done));
        begun.push({ items, end, fail: reject });
      }),
    onSettled,
    onFault,
    ...changes,
  });
  const push = (...items: string[]) => {
    for (const item of items) queues.push(item[0], item);
  };
  return { queues, push, clock, slots, settled, alone, faults, begun };
}

describe("batch queues", () => {
  it("settle so many items together, in the order of the pushes, one batch after the other", async () => {
    const { push, begun, settled } = openQueues();
    push("a1", "b1", "a2", "c1", "a3", "d1");
    await turn();
    expect(begun.map(({ items }) => items)).toEqual([["a1", "b1", "a2"]]);
    begun[0]!.end();
    await turn();
    expect(begun.map(({ items }) => items)).toEqual([
      ["a1", "b1", "a2"],
      ["c1", "a3", "d1"],
    ]);
    expect(settled).toEqual(["a1", "b1", "a2"]);
  });

  it("wait no longer for more than they are told", async () => {
    const { push, clock, begun } = openQueues();
    push("a1", "b1");
    await turn();
    expect(begun).toEqual([]);
    clock.advance(10);
    await turn();
    expect(begun.map(({ items }) => items)).toEqual([["a1", "b1"]]);
  });

  it("let an item that comes alone go its own way at once", async () => {
    const { push, begun, alone } = openQueues({ limits: { maxEvents: 3 } });
    push("a1");
    await turn();
    expect([begun, alone]).toEqual([[], ["a1"]]);
  });

  it("give the items of a batch that was refused to go one by one, and those behind them by key", async () => {
    const { push, begun, alone, settled } = openQueues();
    push("a1", "b1", "a2", "a3", "c1", "d1");
    await turn();
    begun[0]!.end(true);
    await turn();
    expect(alone.toSorted()).toEqual(["a1", "a2", "a3", "b1"]);
    expect(settled.filter((item) => item.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(begun[1]!.items).toEqual(["c1", "d1"]);
  });

  it("never let an item that goes alone pass one of its key in a batch", async () => {
    const { push, begun, alone, clock } = openQueues({ fits: (item) => item !== "a2" });
    push("a1", "b1", "a2");
    await turn();
    expect([begun.map(({ items }) => items), alone]).toEqual([[["a1", "b1"]], []]);
    begun[0]!.end();
    await turn();
    clock.advance(10);
    await turn();
    expect(alone).toEqual(["a2"]);
  });

  it("settle nothing any more after a fault, so that nothing passes what failed", async () => {
    const { push, begun, faults, settled, slots } = openQueues();
    push("a1", "b1", "a2", "a3");
    await turn();
    begun[0]!.fail(new Error("no table"));
    await turn();
    push("a4", "b2", "c1");
    await turn();
    expect(faults).toEqual([new Error("no table")]);
    expect([begun.length, settled, slots.running]).toEqual([1, [], 0]);
  });

  it("stop when the batch that runs has ended, and forget the rest", async () => {
    const { queues, push, begun, settled } = openQueues();
    push("a1", "b1", "a2", "a3");
    await turn();
    let isStopped = false;
    const stopping = queues.stop().then(() => (isStopped = true));
    await turn();
    expect(isStopped).toBe(false);
    begun[0]!.end();
    await stopping;
    await turn();
    expect([settled, begun.length]).toEqual([["a1", "b1", "a2"], 1]);
  });

  it("abort the batch that runs", async () => {
    const signals: AbortSignal[] = [];
    const { queues, push } = openQueues({
      attempt: (_, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    push("a1", "b1", "a2");
    await turn();
    queues.abort("over");
    expect(signals.map(({ reason }) => reason)).toEqual(["over"]);
  });
});
