#!/usr/bin/env node
import { join, resolve } from "node:path";
import { runCases } from "./cases/run-cases.ts";
import { createSharedServers, type RunEnvironment } from "./cases/run-environment.ts";
import { createTesteePool, type TesteePool } from "./cases/testee-pool.ts";
import { findTestee, type LoadedRun, loadRun, UnreachableError } from "./load-run.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { formats } from "./report/formats.ts";
import { createReport, isGood } from "./report/run-report.ts";
import { failureText } from "./report/text.ts";
import { loadProfile, type TesteeProfile } from "./suite/profile.ts";
import { SuiteError } from "./suite/suite-error.ts";
import { prepareTestee } from "./testee/prepare-testee.ts";
import { createProcessGuard } from "./testee/process-guard.ts";
import { TesteeFault } from "./testee/testee-fault.ts";

/** Exit codes that mean something. */
const exitCodes = { fine: 0, failed: 1, wrongUse: 2, unreachable: 3 } as const;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return exitCodes.fine;
  }
  const run = await loadRun(options);
  if (options.list) return list(run);
  if (options.testee === undefined) throw new SuiteError(`--testee is missing\n\n${usage}`);
  return runTestee(options, run, await findTestee(options.testee, run));
}

function list({ selected, cases }: LoadedRun): number {
  for (const { path } of selected) console.log(path);
  const templates = new Set(cases.map(({ definition }) => definition.id));
  console.log(`${selected.length} permutations of ${templates.size} cases`);
  return exitCodes.fine;
}

async function runTestee(options: Options, run: LoadedRun, profile: TesteeProfile): Promise<number> {
  const started = performance.now();
  const interrupted = abortOnSignal();
  const guard = await createProcessGuard();
  const servers = createSharedServers();
  const pools = new Map<string, TesteePool>([["", createTesteePool(profile, guard, [])]]);
  const environment: RunEnvironment = {
    seed: options.seed,
    guard,
    servers,
    vectorFolder: join(run.folder, "vectors"),
    pool: (name) => pools.get(name)!,
  };
  try {
    await prepareTestee(profile);
    for (const peer of peersOf(run)) {
      const peerProfile = await loadProfile(join(run.folder, "profiles", `${peer}.yaml`));
      pools.set(peer, createTesteePool(peerProfile, guard, []));
    }
    const pool = pools.get("")!;
    const first = await pool.acquire();
    const { language, version, features } = first.hello;
    checkClaims(profile, features);
    await pool.release(first);
    const results = await runCases(run.selected, {
      environment,
      features,
      jobs: options.jobs,
      out: resolve(options.out),
      keepLogs: options.keepLogs,
      signal: interrupted,
      onResult(result) {
        const isKnown = profile.knownFailing.length > 0;
        if (result.status === "failed" && !isKnown && options.format === "text" && process.stdout.isTTY) {
          console.log(failureText(result, { name: profile.name, version }, options.seed));
        }
      },
    });
    await pool.close();
    const facts = { profile, language, version, features, seed: options.seed, servers: servers.started };
    const faults = [...pools.values()].flatMap((each) => each.faults);
    const report = createReport({ ...facts, durationMs: performance.now() - started, faults }, results);
    console.log(formats[options.format](report));
    if (interrupted.aborted) return 130;
    return isGood(report) ? exitCodes.fine : exitCodes.failed;
  } finally {
    await Promise.allSettled([...pools.values()].map((pool) => pool.close()));
    await servers.close();
    await guard.dispose();
  }
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
    process.on(signal, () => (controller.signal.aborted ? process.exit(130) : controller.abort()));
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
