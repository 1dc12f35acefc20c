import type { Mutation, ProbePoint } from "../../sdk/ts/src/core/probe.ts";
import type { Violation } from "../../sdk/ts/src/testing/history/index.ts";

/** One run. */
export interface RunOptions {
  readonly seed: number;
  /** Where all accidents at points are to be. Default: anywhere. */
  readonly point?: ProbePoint | undefined;
  /** Safeguards that are taken away. Default none. */
  readonly mutations?: readonly Mutation[] | undefined;
}

/** What came of a run. */
export interface RunResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What happened to processes and their surroundings, in the order of its happening. */
  readonly accidents: readonly string[];
  readonly commits: number;
  readonly effects: number;
}

/** Plays runs. */
export interface Runner extends AsyncDisposable {
  /** Names and versions of what it plays on. */
  readonly versions: readonly string[];
  /** Runs at a time. */
  readonly parallel: number;
  run(options: RunOptions): Promise<RunResult>;
}
