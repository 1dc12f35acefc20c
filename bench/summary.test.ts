import { describe, expect, it } from "vitest";
import { summarise, tableLines } from "./summary.ts";

const rounds = [3, 1, 2].map((value) => [{ name: "encode", value, unit: "×" }]);

describe("the summary of a bench", () => {
  it("is the median and the range of its rounds", () => {
    expect(summarise(rounds)).toEqual([{ name: "encode", unit: "×", median: 2, min: 1, max: 3 }]);
    expect(summarise(rounds.slice(0, 2))[0]?.median).toBe(2);
  });

  it("says whether the median reaches its goal", () => {
    expect(summarise(rounds, { encode: { atLeast: 2 } })[0]?.met).toBe(true);
    expect(summarise(rounds, { encode: { atLeast: 2.1 } })[0]?.met).toBe(false);
    expect(summarise(rounds, { encode: { atMost: 1.9 } })[0]?.met).toBe(false);
  });

  it("refuses a goal for what is not measured", () => {
    expect(() => summarise(rounds, { decode: { atLeast: 2 } })).toThrow("decode");
  });

  it("is printed as a table", () => {
    expect(tableLines(summarise(rounds, { encode: { atLeast: 2.5 } }))).toEqual([
      "measurement  median     range  goal",
      "encode       2       ×  1 … 3  ✗ ≥ 2.5",
    ]);
  });
});
