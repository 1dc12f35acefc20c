import { join, resolve } from "node:path";
import type { HelloReply } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import { runCases } from "./cases/run-cases.ts";
import { createSharedServers, type SharedServers } from "./cases/run-environment.ts";
import { createTesteePool, type TesteePool } from "./cases/testee-pool.ts";
import { findTestee, type LoadedRun, loadRun, profileNames, UnreachableError } from "./load-run.ts";
import { matrixText, type PairResult } from "./matrix/pair-result.ts";
import { type Peer, runMatrix } from "./matrix/run-matrix.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { plantsOf, plantTable, runPlants } from "./plant/run-plants.ts";
import { formats } from "./report/formats.ts";
import { createReport, isGood } from "./report/run-report.ts";
import { loadProfile, type TesteeProfile } from "./suite/profile.ts";
import { SuiteError } from "./suite/suite-error.ts";
import { prepareTestee } from "./testee/prepare-testee.ts";
import { createProcessGuard, type ProcessGuard } from "./testee/process-guard.ts";
import { TesteeFault } from "./testee/testee-fault.ts";
import { startTestee } from "./testee/testee-process.ts";

/** Exit codes that mean something. */
const exitCodes = { fine: 0, failed: 1, wrongUse: 2, unreachable: 3, interrupted: 130 } as const;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return exitCodes.fine;
  }
  const run = await loadRun(options);
  if (options.list) return list(run);
  if (options.matrix) return withSession(options, run, exchange);
  if (options.testee === undefined) throw new SuiteError(`--testee is missing\n\n${usage}`);
  const profile = await findTestee(options.testee, run);
  const use = options.plant === undefined ? runTestee : plantFaults;
  return withSession(options, run, (session) => use(session, profile));
}

function list({ selected, cases }: LoadedRun): number {
  for (const { path } of selected) console.log(path);
  const templates = new Set(cases.map(({ definition }) => definition.id));
  console.log(`${selected.length} permutations of ${templates.size} cases`);
  return exitCodes.fine;
}

/** What every kind of run needs, and its removal. */
interface Session {
  readonly options: Options;
  readonly run: LoadedRun;
  readonly guard: ProcessGuard;
  readonly servers: SharedServers;
  readonly interrupted: AbortSignal;
}

async function withSession(
  options: Options,
  run: LoadedRun,
  use: (session: Session) => Promise<number>,
): Promise<number> {
  const interrupted = abortOnSignal();
  const guard = await createProcessGuard();
  const servers = createSharedServers();
  try {
    const code = await use({ options, run, guard, servers, interrupted });
    return interrupted.aborted ? exitCodes.interrupted : code;
  } finally {
    await servers.close();
    await guard.dispose();
  }
}

async function runTestee(session: Session, profile: TesteeProfile): Promise<number> {
  const { options, run, guard, servers, interrupted } = session;
  const started = performance.now();
  const pools = await createPools(session, profile);
  // Whoever presses Ctrl-C does not want to wait for cases that wait for testees.
  interrupted.addEventListener("abort", () => void closeAll(pools));
  try {
    const { language, version, features } = await firstHello(pools.get("")!, profile);
    const environment = {
      seed: options.seed,
      guard,
      servers,
      vectors: run.vectors,
      pool: (name: string) => pools.get(name)!,
    };
    const results = await runCases(run.selected, {
      environment,
      features,
      jobs: options.jobs,
      out: resolve(options.out),
      keepLogs: options.keepLogs,
      signal: interrupted,
      onResult: () => {},
    });
    await closeAll(pools);
    const facts = { profile, language, version, features, seed: options.seed, servers: servers.started };
    const faults = [...pools.values()].flatMap((each) => each.faults);
    const report = createReport({ ...facts, durationMs: performance.now() - started, faults }, results);
    console.log(formats[options.format](report));
    return isGood(report) ? exitCodes.fine : exitCodes.failed;
  } finally {
    await closeAll(pools);
  }
}

async function closeAll(pools: ReadonlyMap<string, TesteePool>): Promise<void> {
  await Promise.allSettled([...pools.values()].map((pool) => pool.close()));
}

/** The testee's processes under the empty name, those of other profiles that cases ask for under theirs. */
async function createPools({ guard, run }: Session, profile: TesteeProfile): Promise<Map<string, TesteePool>> {
  await prepareTestee(profile);
  const pools = new Map([["", createTesteePool(profile, guard, [])]]);
  for (const peer of peersOf(run)) {
    const peerProfile = await loadProfile(join(run.folder, "profiles", `${peer}.yaml`));
    await prepareTestee(peerProfile);
    pools.set(peer, createTesteePool(peerProfile, guard, []));
  }
  return pools;
}

async function firstHello(pool: TesteePool, profile: TesteeProfile): Promise<HelloReply> {
  const first = await pool.acquire();
  checkClaims(profile, first.hello.features);
  await pool.release(first);
  return first.hello;
}

/** Runs the testee with planted faults and says which were caught; all must be. */
async function plantFaults(
  { options, run, guard, servers, interrupted }: Session,
  profile: TesteeProfile,
): Promise<number> {
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
  return outcomes.every(({ caughtBy }) => caughtBy) ? exitCodes.fine : exitCodes.failed;
}

/** Has every pair of implementations exchange generated envelopes. */
async function exchange({ options, run, guard, servers }: Session): Promise<number> {
  const peers: Peer[] = [];
  for (const name of options.peers.length > 0 ? options.peers : await profileNames(run.folder)) {
    const profile = await findTestee(name, run);
    await prepareTestee(profile);
    peers.push({ name, process: await startTestee({ profile, guard }) });
  }
  const broker = await servers.broker("newest");
  const { count, seed } = options;
  const onResult = ({ producer, consumer, mode, mismatches }: PairResult) =>
    console.error(`${mismatches.length === 0 ? "✓" : "✗"} ${producer} → ${consumer} ${mode}`);
  const results = await runMatrix({ peers, broker, seed, count, onResult });
  console.log(matrixText(results, seed));
  await Promise.all(peers.map(({ process }) => process.quit()));
  return results.every(({ mismatches }) => mismatches.length === 0) ? exitCodes.fine : exitCodes.failed;
}

/** Profiles of other languages that cases ask for. */
function peersOf({ selected }: LoadedRun): string[] {
  const named = selected.flatMap((each) => Object.values(each.case.definition.testees).map(({ profile }) => profile));
  return [...new Set(named)].filter((name) => name !== "");
}

/**
 * A testee must claim what its profile says, no more and no less.
 * @throws {SuiteError}
 */
function checkClaims({ features, name }: TesteeProfile, claimed: readonly string[]): void {
  if (features === undefined) return;
  const surplus = claimed.filter((each) => !features.includes(each));
  const missing = features.filter((each) => !claimed.includes(each));
  if (surplus.length + missing.length === 0) return;
  throw new SuiteError(
    `testee ${name} claims other features than its profile: ${[...surplus.map((each) => `+${each}`), ...missing.map((each) => `-${each}`)].join(" ")}`,
  );
}

/** Ctrl-C lets running cases end and cleans up; a second one is not waited for by the guards. */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => (controller.signal.aborted ? process.exit(exitCodes.interrupted) : controller.abort()));
  }
  return controller.signal;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UnreachableError) return exitCodes.unreachable;
  if (error instanceof SuiteError) return exitCodes.wrongUse;
  if (error instanceof TesteeFault) return exitCodes.failed;
  console.error(error);
  return exitCodes.failed;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`conformance: ${(error as Error).message}`);
  process.exitCode = exitCodeOf(error);
}
process.exit();
