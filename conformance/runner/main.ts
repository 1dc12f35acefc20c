import { join, resolve } from "node:path";
import { runCases } from "./cases/run-cases.ts";
import { createSharedServers } from "./cases/run-environment.ts";
import { createTesteePool, type TesteePool } from "./cases/testee-pool.ts";
import { playCrashes } from "./crash/crash-command.ts";
import { firstHello } from "./first-hello.ts";
import { findTestee, knownFeatures, type LoadedRun, loadRun, UnreachableError } from "./load-run.ts";
import { exchange } from "./matrix/matrix-command.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { plantFaults } from "./plant/plant-command.ts";
import { formats } from "./report/formats.ts";
import { createReport, isGood } from "./report/run-report.ts";
import type { Session } from "./session.ts";
import { loadProfile, type TesteeProfile } from "./suite/profile.ts";
import { SuiteError } from "./suite/suite-error.ts";
import { prepareTestee } from "./testee/prepare-testee.ts";
import { createProcessGuard } from "./testee/process-guard.ts";
import { TesteeFault } from "./testee/testee-fault.ts";

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
  if (options.crash) return withSession(options, run, playCrashes);
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

/** Makes what a run needs, uses it, and removes it. */
async function withSession(
  options: Options,
  run: LoadedRun,
  use: (session: Session) => Promise<boolean>,
): Promise<number> {
  const interrupted = abortOnSignal();
  const guard = await createProcessGuard();
  const servers = createSharedServers();
  try {
    const isFine = await use({ options, run, guard, servers, interrupted });
    if (interrupted.aborted) return exitCodes.interrupted;
    return isFine ? exitCodes.fine : exitCodes.failed;
  } finally {
    await servers.close();
    await guard.dispose();
  }
}

async function runTestee(session: Session, profile: TesteeProfile): Promise<boolean> {
  const { options, run, guard, servers, interrupted } = session;
  const started = performance.now();
  const pools = await createPools(session, profile);
  // Whoever presses Ctrl-C does not want to wait for cases that wait for testees.
  interrupted.addEventListener("abort", () => void closeAll(pools));
  try {
    const { language, version, features } = await firstHello(pools.get("")!, profile, knownFeatures(run));
    const environment = {
      seed: options.seed,
      patience: options.patience,
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
    return isGood(report);
  } finally {
    await closeAll(pools);
  }
}

async function closeAll(pools: ReadonlyMap<string, TesteePool>): Promise<void> {
  await Promise.allSettled([...pools.values()].map((pool) => pool.close()));
}

/** The testee's processes under the empty name, those of other profiles that cases ask for under theirs. */
async function createPools({ guard, run, options }: Session, profile: TesteeProfile): Promise<Map<string, TesteePool>> {
  const common = { guard, extraArgs: [], patience: options.patience };
  await prepareTestee(profile);
  const pools = new Map([["", createTesteePool({ ...common, profile })]]);
  for (const peer of peersOf(run)) {
    const peerProfile = await loadProfile(join(run.folder, "profiles", `${peer}.yaml`));
    await prepareTestee(peerProfile);
    pools.set(peer, createTesteePool({ ...common, profile: peerProfile }));
  }
  return pools;
}

/** Profiles of other languages that cases ask for. */
function peersOf({ selected }: LoadedRun): string[] {
  const named = selected.flatMap((each) => Object.values(each.case.definition.testees).map(({ profile }) => profile));
  return [...new Set(named)].filter((name) => name !== "");
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
// What was written must be out before the end: a pipe's reader may be slow.
const written = [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve)));
await Promise.all(written);
process.exit();
