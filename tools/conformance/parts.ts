/** One run of the conformance suite within `npm test`. */
export interface Part {
  /** For the report, such as `L3 of ts`. */
  readonly title: string;
  /** What of it is run. */
  readonly extent: string;
  readonly args: readonly string[];
  /** The command that runs the whole; undefined when this is the whole. */
  readonly whole: string | undefined;
}

const testees = ["ts", "ruby"];
/** Whole in `npm test`: levels, and how many of their cases run at once; those of R wait most of their time. */
const whole = { "L0..L2": 3, R: 4 };
/** One in so many permutations, so that all parts together take a minute and a half. */
const sampled = { L3: 10 };
const values = 100;
const crashSeed = 1;

/** The parts in waves; those of a wave run side by side. */
export const waves: readonly (readonly Part[])[] = [
  ...Object.entries(whole).map(([level, jobs]) => testees.map((testee) => wholeOf(level, testee, jobs))),
  ...Object.entries(sampled).map(([level, oneIn]) => testees.map((testee) => sampleOf(level, testee, oneIn))),
  [
    {
      title: "every pair of languages",
      extent: `${values} values for each pair and mode`,
      args: ["--matrix", "--count", String(values)],
      whole: "npm run conformance -- --matrix",
    },
    {
      title: "crashes across languages",
      extent: `seed ${crashSeed}`,
      args: ["--crash", "--runs", "1", "--seed", String(crashSeed)],
      whole: "npm run conformance -- --crash",
    },
  ],
];

function wholeOf(level: string, testee: string, jobs: number): Part {
  return {
    title: `${level.replace("..", " to ")} of ${testee}`,
    extent: "whole",
    args: ["--testee", testee, "--level", level, "--jobs", String(jobs)],
    whole: undefined,
  };
}

function sampleOf(level: string, testee: string, oneIn: number): Part {
  return {
    title: `${level} of ${testee}`,
    extent: `one permutation in ${oneIn}`,
    args: ["--testee", testee, "--level", level, "--sample", String(oneIn), "--jobs", "3"],
    whole: `npm run conformance -- --testee ${testee} --level ${level}`,
  };
}
