import type { Result } from "@concord/gen/concord/conformance/v1/report_pb.js";
import { runCase } from "../cases/run-case.ts";
import type { RunEnvironment } from "../cases/run-environment.ts";
import { createTesteePool } from "../cases/testee-pool.ts";
import type { Permutation } from "../suite/permutations.ts";
import type { TesteeProfile } from "../suite/profile.ts";
import { SuiteError } from "../suite/suite-error.ts";

/** What became of one planted fault. */
export interface PlantOutcome {
  readonly fault: string;
  /** The case that caught it; else one that names it. */
  readonly caseId: string;
  /** The permutation that failed; undefined when the fault was not caught. */
  readonly caughtBy: Result | undefined;
  /** Why it could not even be tried. */
  readonly problem: string | undefined;
}

/** How faults are planted. */
export interface PlantOptions {
  readonly environment: Omit<RunEnvironment, "pool">;
  readonly profile: TesteeProfile;
  readonly features: readonly string[];
  /** Faults at once. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: PlantOutcome) => void;
}

/**
 * The faults to plant, with the permutations of the cases that name them.
 * @throws {SuiteError} when no case names the fault.
 */
export function plantsOf(wanted: string, permutations: readonly Permutation[]): Map<string, Permutation[]> {
  const plants = new Map<string, Permutation[]>();
  for (const permutation of permutations) {
    for (const fault of permutation.case.definition.faults) {
      if (wanted !== "all" && wanted !== fault) continue;
      plants.set(fault, [...(plants.get(fault) ?? []), permutation]);
    }
  }
  if (plants.size > 0) return plants;
  throw new SuiteError(
    wanted === "all" ? "no case names a fault" : `no case that is selected names the fault ${wanted}`,
  );
}

/** Runs the testee with each fault until one of the cases that name it fails. */
export async function runPlants(
  plants: ReadonlyMap<string, readonly Permutation[]>,
  options: PlantOptions,
): Promise<PlantOutcome[]> {
  const waiting = [...plants];
  const outcomes: PlantOutcome[] = [];
  let index = 0;
  const work = async () => {
    for (let next = waiting.shift(); next && !options.signal.aborted; next = waiting.shift()) {
      const [fault, permutations] = next;
      index += permutations.length;
      const outcome = await runPlant(fault, permutations, index, options);
      outcomes.push(outcome);
      options.onOutcome(outcome);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return outcomes;
}

async function runPlant(
  fault: string,
  permutations: readonly Permutation[],
  firstIndex: number,
  { environment, profile, features }: PlantOptions,
): Promise<PlantOutcome> {
  const caseId = permutations[0]!.id;
  const claimed = new Set(features);
  const runnable = permutations.filter((each) => each.features.every((name) => claimed.has(name)));
  if (runnable.length === 0)
    return { fault, caseId, caughtBy: undefined, problem: "the testee claims none of the cases" };
  const { guard, patience } = environment;
  const pool = createTesteePool({ profile, guard, patience, extraArgs: ["--plant", fault] });
  try {
    await pool.release(await pool.acquire());
    for (const [turn, permutation] of runnable.entries()) {
      const { result } = await runCase({ ...environment, pool: () => pool }, permutation, 10_000 + firstIndex + turn);
      if (result.status === "failed") return { fault, caseId: permutation.id, caughtBy: result, problem: undefined };
    }
    return { fault, caseId, caughtBy: undefined, problem: undefined };
  } catch (error) {
    return { fault, caseId, caughtBy: undefined, problem: (error as Error).message };
  } finally {
    await pool.close();
  }
}
