import type { RunOptions } from "./runner.ts";

/** A series of runs over seeds that follow each other. */
export interface Series extends Omit<RunOptions, "seed"> {
  readonly transport: string;
  /** Seed of the first run. */
  readonly seed: number;
  readonly runs: number;
  /** No run starts later than this. */
  readonly minutes: number;
}
