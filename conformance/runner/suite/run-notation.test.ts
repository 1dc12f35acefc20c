import { describe, expect, it } from "vitest";
import { formatKeyedLists, parseEvents, parseKeyedLists, parseMoment } from "./run-notation.ts";
import { SuiteError } from "./suite-error.ts";

describe("the notation of runs", () => {
  it("reads numbers and ranges per key", () => {
    expect(parseKeyedLists("k:1..3 5; m:1")).toEqual([
      { key: "k", items: ["1", "2", "3", "5"] },
      { key: "m", items: ["1"] },
    ]);
  });

  it("reads events in order, or taking keys in turn, - without a key", () => {
    const text = "k:1..2; -:1";
    expect(parseEvents(text, false)).toEqual([
      { key: "k", n: 1 },
      { key: "k", n: 2 },
      { key: undefined, n: 1 },
    ]);
    expect(parseEvents(text, true).map(({ key, n }) => `${key}${n}`)).toEqual(["k1", "undefined1", "k2"]);
    expect(() => parseEvents("k:one", false)).toThrow(SuiteError);
  });

  it("reads moments: first runs, second ones, ends", () => {
    expect(parseMoment("k:1")).toEqual({ key: "k", n: 1, run: 1, end: false });
    expect(parseMoment("k:1#2.")).toEqual({ key: "k", n: 1, run: 2, end: true });
    expect(parseMoment("sent")).toBeUndefined();
  });

  it("writes what it reads, long ranges folded", () => {
    expect(formatKeyedLists(parseKeyedLists("k:1..9 2; m:1 2"))).toBe("k: 1..9 2; m: 1 2");
    expect(formatKeyedLists([])).toBe("nothing");
  });
});
