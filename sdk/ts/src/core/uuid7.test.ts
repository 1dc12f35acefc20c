import { validate, version } from "uuid";
import { expect, it } from "vitest";
import { createIdGenerator, uuid7TimeMs } from "./uuid7.ts";

const clockAt = (times: number[]) => ({ now: () => times.shift() ?? 1_735_787_045_000, sleep: async () => {} });

it("draws ids that the uuid package takes for UUIDv7, with their time", () => {
  const next = createIdGenerator({ clock: clockAt([]), random: Math.random });
  for (let n = 0; n < 1_000; n++) {
    const id = next();
    expect([validate(id), version(id)]).toEqual([true, 7]);
    expect(uuid7TimeMs(id)).toBe(1_735_787_045_000);
  }
});

it("draws rising ids within a millisecond, past its counter, and when the clock goes back", () => {
  const frozen = createIdGenerator({ clock: clockAt([]), random: Math.random });
  const ids = Array.from({ length: 10_000 }, frozen);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(10_000);
  const jumping = createIdGenerator({ clock: clockAt([5_000, 4_000, 6_000]), random: () => 0.5 });
  const three = [jumping(), jumping(), jumping()];
  expect(three.toSorted()).toEqual(three);
});

it("reads no time from other ids", () => {
  expect(["", "x", "0192a1b2-0000-4000-8000-000000000000"].map(uuid7TimeMs)).toEqual([undefined, undefined, undefined]);
});
