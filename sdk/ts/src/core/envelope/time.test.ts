import fc from "fast-check";
import { expect, it } from "vitest";
import { ConcordError } from "../error.ts";
import { timeFromMillis, timeToIso, timeToMillis } from "./time.ts";

it.each([
  [0, { seconds: 0n, nanos: 0 }, "1970-01-01T00:00:00Z"],
  [1_735_787_045_678, { seconds: 1_735_787_045n, nanos: 678_000_000 }, "2025-01-02T03:04:05.678Z"],
  [-1, { seconds: -1n, nanos: 999_000_000 }, "1969-12-31T23:59:59.999Z"],
  [0.25, { seconds: 0n, nanos: 250_000 }, "1970-01-01T00:00:00.000250Z"],
  [-62_135_596_800_000, { seconds: -62_135_596_800n, nanos: 0 }, "0001-01-01T00:00:00Z"],
  [253_402_300_799_999, { seconds: 253_402_300_799n, nanos: 999_000_000 }, "9999-12-31T23:59:59.999Z"],
])("takes %d ms for one time and one text", (millis, time, text) => {
  expect(timeFromMillis(millis)).toEqual(time);
  expect(timeToIso(time)).toBe(text);
  expect(timeToMillis(time)).toBe(Math.floor(millis));
});

it("writes as many digits as a time has: none, 3, 6 or 9", () => {
  const digits = [0, 500_000_000, 1_000_000, 120_000, 1_000, 6, 999_999_999].map((nanos) =>
    timeToIso({ seconds: 0n, nanos }).slice(19),
  );
  expect(digits).toEqual(["Z", ".500Z", ".001Z", ".000120Z", ".000001Z", ".000000006Z", ".999999999Z"]);
});

it("gives back every millisecond", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
      (ms) => timeToMillis(timeFromMillis(ms)) === ms,
    ),
  );
});

it.each([253_402_300_800_000, -62_135_596_800_001, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d ms", (millis) => {
  expect(() => timeFromMillis(millis)).toThrow(ConcordError);
});
