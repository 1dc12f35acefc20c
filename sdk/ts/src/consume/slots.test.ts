import { describe, expect, it } from "vitest";
import { createSlots } from "./slots.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("slots", () => {
  it("let as many run as there are, and the next in the order of asking", async () => {
    const slots = createSlots(2);
    const order: number[] = [];
    const releases = await Promise.all([slots.acquire(), slots.acquire()]);
    void slots.acquire().then(() => order.push(3));
    void slots.acquire().then(() => order.push(4));
    await turn();
    expect([slots.running, order]).toEqual([2, []]);
    releases[0]!();
    releases[0]!();
    await turn();
    expect([slots.running, order]).toEqual([2, [3]]);
    releases[1]!();
    await turn();
    expect(order).toEqual([3, 4]);
  });

  it("let one run alone: after those before it, before those behind it", async () => {
    const slots = createSlots(4);
    const order: string[] = [];
    const first = await slots.acquire();
    const alone = slots.acquireAlone();
    void alone.then(() => order.push("alone"));
    void slots.acquire().then(() => order.push("next"));
    await turn();
    expect(order).toEqual([]);
    first();
    await turn();
    expect([order, slots.running]).toEqual([["alone"], 1]);
    (await alone)();
    await turn();
    expect(order).toEqual(["alone", "next"]);
  });
});
