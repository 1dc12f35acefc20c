import { findTestee, profileNames } from "../load-run.ts";
import type { Session } from "../session.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { prepareTestee } from "../testee/prepare-testee.ts";
import { startTestee } from "../testee/testee-process.ts";
import { matrixText, type PairResult } from "./pair-result.ts";
import { matrixModes, type Peer, runMatrix } from "./run-matrix.ts";

/** Has every pair of implementations exchange generated envelopes; true when none differs. */
export async function exchange({ options, run, guard, servers }: Session): Promise<boolean> {
  const peers: Peer[] = [];
  for (const name of options.peers.length > 0 ? options.peers : await profileNames(run.folder)) {
    const profile = await findTestee(name, run);
    await prepareTestee(profile);
    peers.push({ name, process: await startTestee({ profile, guard, patience: options.patience }) });
  }
  const broker = await servers.broker("newest");
  const { count, seed } = options;
  const modes = options.modes.length > 0 ? options.modes : matrixModes;
  const unknown = modes.find((mode) => !matrixModes.includes(mode));
  if (unknown !== undefined) throw new SuiteError(`--modes takes ${matrixModes.join(", ")}, not "${unknown}"`);
  const onResult = ({ producer, consumer, mode, mismatches }: PairResult) =>
    console.error(`${mismatches.length === 0 ? "✓" : "✗"} ${producer} → ${consumer} ${mode}`);
  const results = await runMatrix({ peers, broker, seed, count, modes, onResult });
  console.log(matrixText(results, seed));
  await Promise.all(peers.map(({ process }) => process.quit()));
  return results.every(({ mismatches }) => mismatches.length === 0);
}
