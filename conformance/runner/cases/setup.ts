import type { Permutation } from "../suite/permutations.ts";
import type { RunEnvironment } from "./run-environment.ts";

/** What a case is set up from, and what must be undone when it is over, the last thing first. */
export interface Setup {
  readonly environment: RunEnvironment;
  readonly permutation: Permutation;
  /** Number of the case in the run. */
  readonly index: number;
  readonly undo: ((failed: boolean) => Promise<unknown>)[];
}
