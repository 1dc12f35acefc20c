import { describe, expect, it } from "vitest";
import type { Outcome } from "../core/handler.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { createKeyQueues, type KeyQueuesOptions } from "./key-queues.ts";
import { createSlots } from "./slots.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const done: Outcome = { kind: "done" };

function openQueues(changes: Partial<KeyQueuesOptions<string>> & { concurrency?: number } = {}) {
  const clock = createManualClock();
  const settled: string[] = [];
  const spilled: string[] = [];
  const faults: unknown[] = [];
  const slots = createSlots(changes.concurrency ?? 4);
  const queues = createKeyQueues<string>({
    slots,
    clock,
    attempt: async () => done,
    spill: async (item) => {
      spilled.push(item);
      return { kind: "parked" };
    },
    isAlone: () => false,
    maxPerKey: 3,
    onSettled: (item) => settled.push(item),
    onFault: (error) => faults.push(error),
    ...changes,
  });
  return { queues, clock, settled, spilled, faults, slots };
}

describe("key queues", () => {
  it("run the items of one key one after the other, and keys side by side (T14)", async () => {
    const ends = new Map<string, (outcome: Outcome) => void>();
    const attempt = (item: string) => new Promise<Outcome>((resolve) => ends.set(item, resolve));
    const { queues, settled } = openQueues({ attempt });
    queues.push("a", "a1");
    queues.push("a", "a2");
    queues.push("b", "b1");
    await turn();
    expect([...ends.keys()]).toEqual(["a1", "b1"]);
    ends.get("a1")!(done);
    await turn();
    expect([...ends.keys()]).toEqual(["a1", "b1", "a2"]);
    expect(settled).toEqual(["a1"]);
  });

  it("hold the key of a retry, but no slot (T27)", async () => {
    const runs: string[] = [];
    const attempt = async (item: string, { attempt }: { attempt: number }): Promise<Outcome> => {
      runs.push(`${item}#${attempt}`);
      return item === "a1" && attempt === 1 ? { kind: "retry", delayMs: 200, counted: true } : done;
    };
    const { queues, clock, slots } = openQueues({ attempt, concurrency: 1 });
    queues.push("a", "a1");
    queues.push("a", "a2");
    queues.push("b", "b1");
    await turn();
    expect([runs, slots.running]).toEqual([["a1#1", "b1#1"], 0]);
    clock.advance(200);
    await turn();
    expect(runs).toEqual(["a1#1", "b1#1", "a1#2", "a2#1"]);
  });

  it("do not count an attempt that was none", async () => {
    const attempts: number[] = [];
    const attempt = async (_: string, { attempt }: { attempt: number }): Promise<Outcome> => {
      attempts.push(attempt);
      return attempts.length < 3 ? { kind: "retry", delayMs: 10, counted: false } : done;
    };
    const { queues, clock } = openQueues({ attempt });
    queues.push("a", "a1");
    for (let n = 0; n < 3; n++) {
      await turn();
      clock.advance(10);
    }
    expect(attempts).toEqual([1, 1, 1]);
  });

  it("move a key to the database that holds too much, in its order, when its head is done", async () => {
    let end: (outcome: Outcome) => void = () => {};
    const attempt = () => new Promise<Outcome>((resolve) => (end = resolve));
    const { queues, settled, spilled } = openQueues({ attempt });
    for (const item of ["a1", "a2", "a3", "a4", "a5"]) queues.push("a", item);
    await turn();
    expect(spilled).toEqual([]);
    end(done);
    await turn();
    expect(spilled).toEqual(["a2", "a3", "a4", "a5"]);
    expect(settled).toEqual(["a1", "a2", "a3", "a4", "a5"]);
  });

  it("cut the wait of such a key short and move its head with the rest of its wait", async () => {
    const waits: unknown[] = [];
    const { queues, clock } = openQueues({
      attempt: async () => ({ kind: "retry", delayMs: 500, counted: true }),
      spill: async (_, wait) => {
        waits.push(wait);
        return { kind: "parked" };
      },
    });
    queues.push("a", "a1");
    await turn();
    clock.advance(100);
    for (const item of ["a2", "a3", "a4"]) queues.push("a", item);
    await turn();
    expect(waits[0]).toEqual({ attempts: 1, delayMs: 400 });
    expect(waits).toHaveLength(4);
  });

  it("start nothing after a stop, and end when what runs has ended (T18)", async () => {
    let end: (outcome: Outcome) => void = () => {};
    const runs: string[] = [];
    const attempt = (item: string) => {
      runs.push(item);
      return new Promise<Outcome>((resolve) => (end = resolve));
    };
    const { queues, settled } = openQueues({ attempt });
    queues.push("a", "a1");
    queues.push("a", "a2");
    await turn();
    const stopped = queues.stop();
    queues.push("b", "b1");
    end(done);
    await stopped;
    await turn();
    expect([runs, settled]).toEqual([["a1"], ["a1"]]);
  });

  it("end a wait at a stop without settling its item", async () => {
    const { queues, settled } = openQueues({ attempt: async () => ({ kind: "retry", delayMs: 1e6, counted: true }) });
    queues.push("a", "a1");
    await turn();
    await queues.stop();
    await turn();
    expect(settled).toEqual([]);
  });

  it("tell of an error that is no outcome, and leave the key where it stands", async () => {
    const { queues, settled, faults } = openQueues({
      attempt: async () => {
        throw new Error("no such table");
      },
    });
    queues.push("a", "a1");
    queues.push("a", "a2");
    await turn();
    expect([settled, faults]).toEqual([[], [new Error("no such table")]]);
  });
});
