import { describe, expect, it } from "vitest";
import type { Json } from "../suite/json.ts";
import { difference, fits, show } from "./match-value.ts";

describe("a pattern", () => {
  it.each<[Json, Json | undefined, boolean]>([
    [1, 1, true],
    [1, "1", false],
    [{ a: 1 }, { a: 1, b: 2 }, true],
    [{ a: 1 }, { b: 2 }, false],
    [[1, 2], [1, 2], true],
    [[1, 2], [1, 2, 3], false],
    [{ $any: true }, undefined, false],
    [{ $any: true }, null, true],
    [{ $absent: true }, undefined, true],
    [{ $min: 1, $max: 3 }, "2", true],
    [{ $min: "18446744073709551615" }, "18446744073709551614", false],
    [{ $re: "^a+$" }, "aaa", true],
    [{ $one_of: [1, 2] }, 3, false],
    [{ $all: [{ $min: 1 }, { $max: 1 }] }, 1, true],
    [{ $not: "x" }, "x", false],
    [{ $exact: { a: 1 } }, { a: 1, b: 2 }, false],
    [{ $set: [{ $min: 1 }, 1] }, [1, 2], true],
    [{ $set: [1, 1] }, [1, 2], false],
    [{ $has: 2 }, [1, 2], true],
    [{ $lacks: 2 }, [1, 2], false],
    [{ $len: 2 }, "ab", true],
    [{ $fixed: "b" }, "abc", true],
  ])("%j fits %j: %s", (pattern, value, expected) => {
    expect(fits(pattern, value)).toBe(expected);
  });

  it("says where a value differs", () => {
    expect(difference({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toBe("a[0].b is 2, not 1");
    expect(difference({ $exact: { a: 1 } }, { a: 1, b: 2 })).toBe("value has also b");
  });

  it("with an operator that does not exist is an error, not a mismatch", () => {
    expect(() => fits({ $minimum: 1 }, 1)).toThrow("no pattern operator $minimum");
  });

  it("shows long values short", () => {
    expect(show("x".repeat(1_000)).length).toBeLessThan(260);
  });
});
