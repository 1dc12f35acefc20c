import type { Mutation } from "../../../sdk/ts/src/core/probe.ts";
import { formatViolation } from "../../../sdk/ts/src/testing/history/index.ts";
import type { Runner } from "../runner.ts";
import type { Prey } from "./catalog.ts";

/** What came of the hunt for one missing safeguard. */
export interface Catch {
  readonly mutation: Mutation;
  readonly transport: string;
  readonly commit: string;
  readonly versions: readonly string[];
  /** Runs made until a check noticed, or in vain. */
  readonly runs: number;
  /** Undefined: no seed noticed. */
  readonly found?: { readonly seed: number; readonly checks: readonly string[]; readonly line: string } | undefined;
}

/** Plays seeds without a safeguard until a check notices, so many at most. */
export async function hunt(
  { mutation, transport }: Prey,
  runner: Runner,
  { seed, runs, commit }: { readonly seed: number; readonly runs: number; readonly commit: string },
): Promise<Catch> {
  const hunted = { mutation, transport, commit, versions: [`Node ${process.version}`, ...runner.versions] };
  for (let done = 0; done < runs; done += runner.parallel) {
    const count = Math.min(runner.parallel, runs - done);
    const seeds = Array.from({ length: count }, (_, index) => seed + done + index);
    const results = await Promise.all(seeds.map((each) => runner.run({ seed: each, mutations: [mutation] })));
    const [first] = results.filter(({ violations }) => violations.length > 0);
    if (!first) continue;
    const checks = [...new Set(first.violations.map(({ kind }) => kind))];
    const found = { seed: first.seed, checks, line: formatViolation(first.violations[0]!) };
    return { ...hunted, runs: first.seed - seed + 1, found };
  }
  return { ...hunted, runs };
}
