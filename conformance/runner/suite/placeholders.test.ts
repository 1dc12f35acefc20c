import { describe, expect, it } from "vitest";
import { expand, follow, placeholderNames, withoutPlaceholders } from "./placeholders.ts";

/** A placeholder; written out it would look like a template that lost its quotes. */
const hole = (name: string) => `$\{${name}}`;
const values: Record<string, never> = { n: 7, name: "x", list: [1], "sent.size": 100 } as never;
const lookup = (name: string) => values[name];

describe("placeholders", () => {
  it("keep their type where the text is one, and are text within others", () => {
    expect(expand({ a: hole("n"), b: `-${hole("n")}-`, c: [hole("list")], d: "plain" }, lookup)).toEqual({
      a: 7,
      b: "-7-",
      c: [[1]],
      d: "plain",
    });
  });

  it("can be added and taken", () => {
    expect(expand(hole("sent.size - n + 1"), lookup)).toBe(94);
    expect(() => expand(hole("name + 1"), lookup)).toThrow("no number");
  });

  it("without a value are an error", () => {
    expect(() => expand(hole("other"), lookup)).toThrow(`${hole("other")} has no value`);
  });

  it("are named for the check, sums too", () => {
    expect(placeholderNames({ a: `${hole("a.b - 7")} ${hole("ns")}`, b: [[hole("c")]] })).toEqual(["a.b", "ns", "c"]);
    expect(withoutPlaceholders({ a: hole("a"), now: hole("now-60") })).toEqual({ a: "0", now: "2025-01-02T03:04:05Z" });
  });

  it("follow paths into objects and lists", () => {
    expect(follow({ results: [{ seq: "4" }] }, ["results", "0", "seq"])).toBe("4");
    expect(follow("text", ["length"])).toBeUndefined();
  });
});
