import { describe, expect, it } from "vitest";
import { coversSubject, isLiteralSubject } from "./subject-filter.ts";

describe("a subject", () => {
  it.each(["a", "evt.orders.3.k%C3%A9.shop.A", "_INBOX.x"])("%j is literal", (subject) => {
    expect(isLiteralSubject(subject)).toBe(true);
  });

  it.each(["", ".", "a.", ".a", "a..b", "a.*.b", "a.>", "a b", "a\r\nb", "a\tb"])("%j is not", (subject) => {
    expect(isLiteralSubject(subject)).toBe(false);
  });

  it.each([
    [">", "a.b", true],
    ["a.>", "a.b.c", true],
    ["a.>", "a", false],
    ["a.*.c", "a.b.c", true],
    ["a.*", "a.b.c", false],
    ["a.b", "a.b", true],
    ["a.b", "a.B", false],
    ["a.b.c", "a.b", false],
  ])("filter %j against %j: %j", (filter, subject, expected) => {
    expect(coversSubject(filter, subject)).toBe(expected);
  });
});
