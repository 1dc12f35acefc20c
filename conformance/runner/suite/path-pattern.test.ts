import { describe, expect, it } from "vitest";
import { isSelected, matchesPath } from "./path-pattern.ts";

describe("a pattern over level/group/id/axis=value", () => {
  it.each([
    ["L2/order/O2/tr=newest/rep=1", true],
    ["L2/order/O2/*/*", true],
    ["L2/order/O2/**", true],
    ["**/tr=newest/**", true],
    ["**", true],
    ["L2/*/O2/**", true],
    ["L2/order/O*/**", true],
    ["L2/order/O2", false],
    ["L2/order/O2/*", false],
    ["L2/order/O3/**", false],
    ["*/O2/**", false],
    ["L2.order/**", false],
  ])("%s: %s", (pattern, expected) => {
    expect(matchesPath(pattern, "L2/order/O2/tr=newest/rep=1")).toBe(expected);
  });

  it("selects a case by id, by id and slug, or by path", () => {
    const each = { path: "L2/order/O2/tr=newest", id: "O2", slug: "retry-holds-tail" };
    for (const wanted of ["O2", "O*", "O2-retry-*", "L2/order/**"]) expect(isSelected(wanted, each)).toBe(true);
    for (const wanted of ["O", "retry-holds-tail", "L2/order"]) expect(isSelected(wanted, each)).toBe(false);
  });
});
