import type { Result } from "@concord/gen/concord/conformance/v1/report_pb.js";
import { runCase } from "../cases/run-case.ts";
import type { RunEnvironment } from "../cases/run-environment.ts";
import { createTesteePool } from "../cases/testee-pool.ts";
import type { Permutation } from "../suite/permutations.ts";
import type { TesteeProfile } from "../suite/profile.ts";
import { SuiteError } from "../suite/suite-error.ts";

/** A fault before a case that names it: each of them must notice by itself. */
export interface PlantedFault {
  readonly fault: string;
  readonly caseId: string;
  /** Those of the case, whichever level it stands in. */
  readonly permutations: readonly Permutation[];
}

/** What became of one planted fault. */
export interface PlantOutcome extends Pick<PlantedFault, "fault" | "caseId"> {
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
 * The faults to plant, before each case that names them.
 * @throws {SuiteError} when no case names the fault.
 */
export function plantsOf(wanted: string, permutations: readonly Permutation[]): PlantedFault[] {
  const plants = new Map<string, PlantedFault & { permutations: Permutation[] }>();
  for (const permutation of permutations) {
    const { id: caseId } = permutation;
    for (const fault of permutation.case.definition.faults) {
      if (wanted !== "all" && wanted !== fault) continue;
      const name = `${fault} ${caseId}`;
      const planted = plants.get(name) ?? { fault, caseId, permutations: [] };
      planted.permutations.push(permutation);
      plants.set(name, planted);
    }
  }
  if (plants.size > 0) return [...plants.values()];
  throw new SuiteError(
    wanted === "all" ? "no case names a fault" : `no case that is selected names the fault ${wanted}`,
  );
}

/** Runs the testee with each fault until one permutation of the case that names it fails. */
export async function runPlants(plants: readonly PlantedFault[], options: PlantOptions): Promise<PlantOutcome[]> {
  const waiting = [...plants];
  const outcomes: PlantOutcome[] = [];
  let index = 0;
  const work = async () => {
    for (let next = waiting.shift(); next && !options.signal.aborted; next = waiting.shift()) {
      index += next.permutations.length;
      const outcome = await runPlant(next, index, options);
      outcomes.push(outcome);
      options.onOutcome(outcome);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return outcomes;
}

async function runPlant(
  { fault, caseId, permutations }: PlantedFault,
  firstIndex: number,
  { environment, profile, features }: PlantOptions,
): Promise<PlantOutcome> {
  const claimed = new Set(features);
  const runnable = permutations.filter((each) => each.features.every((name) => claimed.has(name)));
  if (runnable.length === 0)
    return { fault, caseId, caughtBy: undefined, problem: "the testee does not claim the case" };
  const { guard, patience } = environment;
  const pool = createTesteePool({ profile, guard, patience, extraArgs: ["--plant", fault] });
  try {
    await pool.release(await pool.acquire());
    for (const [turn, permutation] of runnable.entries()) {
      const { result } = await runCase({ ...environment, pool: () => pool }, permutation, 10_000 + firstIndex + turn);
      if (result.status === "failed") return { fault, caseId, caughtBy: result, problem: undefined };
    }
    return { fault, caseId, caughtBy: undefined, problem: undefined };
  } catch (error) {
    return { fault, caseId, caughtBy: undefined, problem: (error as Error).message };
  } finally {
    await pool.close();
  }
}
