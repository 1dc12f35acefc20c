/** The number that a trial's operations are drawn from: that of `CONCORD_TEST_SEED`, to play a trial again, or a new one. */
export function trialSeed(): number {
  return Number(process.env.CONCORD_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
}

/** Draws numbers from 0 to below 1, the same ones from the same seed, by mulberry32 (https://github.com/bryc/code/blob/master/jshash/PRNGs.md). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
