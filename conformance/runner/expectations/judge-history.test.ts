import { describe, expect, it } from "vitest";
import { type History, identity, judgeHistory } from "./judge-history.ts";

const event = (id: string, key: string | undefined, n: number) => ({ source: "/s", id, key, n });
const committed = [event("a", "k", 1), event("b", "k", 2), event("c", "m", 1)];
const effect = (each: ReturnType<typeof event>) => ({ ...each, service: "s" });

function wrongIn(changed: Partial<History>): string[] {
  const history = {
    service: "s",
    committed,
    causes: new Set(committed.map(identity)),
    effects: committed.map(effect),
    dead: new Set<string>(),
    redriven: new Set<string>(),
    ...changed,
  };
  const verdicts = judgeHistory(history, { atLeastOnce: false, unordered: false });
  return verdicts.filter(({ ok }) => !ok).map(({ expected, observed }) => `${expected}: ${observed}`);
}

describe("a history", () => {
  const [a, b, c] = committed.map(effect) as [
    ReturnType<typeof effect>,
    ReturnType<typeof effect>,
    ReturnType<typeof effect>,
  ];

  it("in which every event has its effect once, in order, is right", () => {
    expect(wrongIn({})).toEqual([]);
  });

  it("lost an event that has neither effect nor dead letter", () => {
    expect(wrongIn({ effects: [a, b] })).toEqual(["s: no event lost: m:1"]);
    expect(wrongIn({ effects: [a, b], dead: new Set([identity(c)]) })).toEqual([]);
  });

  it("shows an effect twice, and one of nothing", () => {
    expect(wrongIn({ effects: [a, b, c, b] })).toEqual(["s: no effect twice: k:2"]);
    const phantom = effect(event("x", "k", 9));
    expect(wrongIn({ effects: [a, b, c, phantom] })).toEqual(["s: no effect without a committed event: k:9"]);
  });

  it("shows effects of a key out of order, those that were redriven aside", () => {
    expect(wrongIn({ effects: [b, a, c] })).toEqual([
      "s: effects of a key in the order of their commits: k:1 came late",
    ]);
    expect(wrongIn({ effects: [b, a, c], redriven: new Set([identity(a)]) })).toEqual([]);
  });

  it("takes the order of the commits where two publishers number their events side by side", () => {
    const places = new Map([b, a, c].map((each, place) => [identity(each), place]));
    const placeOf = (each: { source: string; id: string }) => places.get(identity(each))!;
    expect(wrongIn({ effects: [b, a, c], placeOf })).toEqual([]);
    expect(wrongIn({ effects: [a, b, c], placeOf })).toEqual([
      "s: effects of a key in the order of their commits: k:2 came late",
    ]);
  });
});
