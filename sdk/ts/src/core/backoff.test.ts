import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffDelayMs } from "./backoff.ts";

const policy = { initialMs: 200, maxMs: 30_000 };

it.each([
  [1, 0, 100],
  [1, 0.5, 150],
  [1, 0.999, 199],
  [2, 0, 200],
  [3, 0.25, 500],
  [8, 0.5, 19_200],
  [9, 0, 15_000],
  [9, 0.999, 29_985],
])("waits after failure %d with chance %d for %d ms (F10, S14)", (attempt, chance, delayMs) => {
  expect(backoffDelayMs(policy, attempt, () => chance)).toBe(delayMs);
});

it("stays between half of the bound and the bound, however many attempts failed", () => {
  fc.assert(
    fc.property(
      fc.record({ initialMs: fc.nat(10_000), maxMs: fc.nat(600_000) }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (bounds, attempt, chance) => {
        const delayMs = backoffDelayMs(bounds, attempt, () => chance);
        return Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= bounds.maxMs;
      },
    ),
  );
  expect(backoffDelayMs(policy, 1_000, () => 0)).toBe(15_000);
  expect(backoffDelayMs({ initialMs: 0, maxMs: 1_000 }, 2_000, () => 0.5)).toBe(0);
});
