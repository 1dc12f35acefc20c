import type { Random } from "../core/clock.ts";

/** Numbers drawn from a seed: the same seed gives the same numbers. */
export interface SeededRandom {
  /** In [0, 1), for everything that takes a `Random`. */
  readonly next: Random;
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  /** Another sequence, so that drawing more in one place changes nothing in another. */
  fork(): SeededRandom;
}

/** Makes a generator from a seed, by splitmix32 (https://github.com/bryc/code/blob/master/jshash/PRNGs.md). */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed | 0;
  const nextInteger = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const next = () => nextInteger() / 2 ** 32;
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (min, max) => min + below(max - min + 1),
    chance: (probability) => next() < probability,
    pick: (values) => values[below(values.length)]!,
    fork: () => createSeededRandom(nextInteger()),
  };
}
