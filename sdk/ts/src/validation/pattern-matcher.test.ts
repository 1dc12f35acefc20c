import { RE2JS } from "@bufbuild/re2";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createPatternMatcher } from "./pattern-matcher.ts";

const patterns = [
  "^[A-Za-z0-9_-]{1,64}$",
  "^[A-Z]{3}$",
  "^[^x]+$",
  "^[a-z]*$",
  "^[é-ü😀]{2,}$",
  "^(a+)+$",
  "[0-9]",
  "^a.c$",
  "^[a-z]{1,3}x$",
];

it.each(patterns)("matches %s exactly as RE2 does", (pattern) => {
  const matches = createPatternMatcher();
  const re2 = RE2JS.compile(pattern);
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 70 }),
    fc.stringMatching(/^[A-Za-z0-9_\n-]{0,66}$/),
    fc.string({ unit: "grapheme" }),
  );
  fc.assert(
    fc.property(text, (given) => {
      expect(matches(pattern, given)).toBe(re2.test(given));
    }),
    { numRuns: 300 },
  );
});

it("is not slowed down by texts that would slow down a backtracking engine", () => {
  const started = performance.now();
  expect(createPatternMatcher()("^(a+)+$", `${"a".repeat(5_000)}!`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(2_000);
});

it("refuses what is no pattern of RE2", () => {
  expect(() => createPatternMatcher()("(?=a)", "a")).toThrow();
});
