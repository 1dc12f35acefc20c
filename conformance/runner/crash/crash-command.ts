import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writeLog } from "../cases/run-cases.ts";
import { findTestee, profileNames } from "../load-run.ts";
import type { Session } from "../session.ts";
import type { TesteeProfile } from "../suite/profile.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { prepareTestee } from "../testee/prepare-testee.ts";
import { crashLine, crashSum } from "./crash-text.ts";
import { type CrashResult, runCrash } from "./run-crash.ts";

/** Plays crash runs of several implementations on shared tables; true when none breaks a promise. */
export async function playCrashes({ options, run, guard, servers, interrupted }: Session): Promise<boolean> {
  const profiles: TesteeProfile[] = [];
  for (const name of options.peers.length > 0 ? options.peers : await profileNames(run.folder)) {
    profiles.push(await findTestee(name, run));
  }
  if (profiles.length < 2) throw new SuiteError("a crash run takes two implementations: --peers ts,ruby");
  await Promise.all(profiles.map(prepareTestee));
  const postgres = await servers.postgres();
  const results: CrashResult[] = [];
  for (let turn = 0; turn < options.runs && !interrupted.aborted; turn++) {
    const seed = options.seed + BigInt(turn);
    const broker = await servers.broker("newest");
    const result = await runCrash({
      seed,
      profiles,
      planted: options.plant === undefined ? undefined : { peer: options.testee ?? "ts", fault: options.plant },
      guard,
      patience: options.patience,
      broker,
      postgresUrl: postgres.url,
      signal: interrupted,
    });
    results.push(result);
    console.log(crashLine(result));
    if (result.violations.length > 0 || options.keepLogs) await keepLog(result, resolve(options.out));
  }
  console.log(crashSum(results));
  return results.every(({ violations }) => violations.length === 0);
}

async function keepLog({ seed, log }: CrashResult, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `crash-${seed}.ndjson`);
  await writeLog(file, log.entries);
  console.log(`    log ${file}`);
}
