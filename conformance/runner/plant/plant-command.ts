import { createTesteePool } from "../cases/testee-pool.ts";
import { firstHello } from "../first-hello.ts";
import type { Session } from "../session.ts";
import type { TesteeProfile } from "../suite/profile.ts";
import { prepareTestee } from "../testee/prepare-testee.ts";
import { plantsOf, plantTable, runPlants } from "./run-plants.ts";

/** Runs the testee with planted faults and says which were caught; true when all were. */
export async function plantFaults(
  { options, run, guard, servers, interrupted }: Session,
  profile: TesteeProfile,
): Promise<boolean> {
  await prepareTestee(profile);
  const pool = createTesteePool(profile, guard, []);
  const { features } = await firstHello(pool, profile);
  await pool.close();
  const outcomes = await runPlants(plantsOf(options.plant!, run.selected), {
    environment: { seed: options.seed, guard, servers, vectors: run.vectors },
    profile,
    features,
    jobs: options.jobs,
    signal: interrupted,
    onOutcome: ({ fault, caughtBy }) => console.error(`${caughtBy ? "✓" : "✗"} ${fault}`),
  });
  console.log(plantTable(outcomes));
  return outcomes.every(({ caughtBy }) => caughtBy);
}
