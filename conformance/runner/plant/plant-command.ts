import { resolve } from "node:path";
import { createTesteePool } from "../cases/testee-pool.ts";
import { firstHello } from "../first-hello.ts";
import { knownFeatures } from "../load-run.ts";
import type { Session } from "../session.ts";
import type { TesteeProfile } from "../suite/profile.ts";
import { prepareTestee } from "../testee/prepare-testee.ts";
import { byCase, isCaught, plantRows, plantTable, rowName, writePlantTable } from "./plant-table.ts";
import { plantsOf, runPlants } from "./run-plants.ts";

/** Runs the testee with planted faults and says which were caught; true when all were. */
export async function plantFaults(
  { options, run, guard, servers, interrupted }: Session,
  profile: TesteeProfile,
): Promise<boolean> {
  await prepareTestee(profile);
  const pool = createTesteePool({ profile, guard, extraArgs: [], patience: options.patience });
  const { features } = await firstHello(pool, profile, knownFeatures(run));
  await pool.close();
  const outcomes = await runPlants(plantsOf(options.plant!, run.selected), {
    environment: { seed: options.seed, patience: options.patience, guard, servers, vectors: run.vectors },
    profile,
    features,
    jobs: options.jobs,
    signal: interrupted,
    onOutcome: (outcome) => console.error(`${outcome.caughtBy ? "✓" : "✗"} ${rowName(outcome)}`),
  });
  const rows = plantRows(outcomes).sort(byCase);
  console.log(plantTable(rows));
  if (options.write !== undefined) {
    const named = run.cases.flatMap(({ definition: { id, faults } }) =>
      faults.map((fault) => rowName({ fault, caseId: id })),
    );
    await writePlantTable(resolve(options.write), rows, new Set(named));
  }
  return rows.every(isCaught);
}
