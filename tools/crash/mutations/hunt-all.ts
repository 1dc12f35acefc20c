import { join } from "node:path";
import { currentCommit } from "../commit.ts";
import type { Runner } from "../runner.ts";
import { type Prey, prey } from "./catalog.ts";
import { type Catch, hunt } from "./hunt.ts";

/** How hunts go. */
export interface HuntOptions {
  readonly seed: number;
  /** Most runs for one safeguard. */
  readonly runs: (prey: Prey) => number;
  /** No hunt begins later than this. */
  readonly minutes: number;
  /** What was found before is not hunted again. */
  readonly earlier: readonly Catch[];
  readonly openRunner: (transport: Prey["transport"]) => Promise<Runner>;
  /** Takes each as it ends, and all so far. */
  readonly onCatch: (caught: Catch, catches: readonly Catch[]) => Promise<void>;
}

/** Takes each safeguard away in turn and hunts for what then goes wrong. */
export async function huntAll(options: HuntOptions): Promise<Catch[]> {
  const commit = currentCommit(join(import.meta.dirname, "../../.."));
  const startedAtMs = performance.now();
  const catches = [...options.earlier];
  for (const transport of ["memory", "nats"] as const) {
    const left = prey.filter((each) => each.transport === transport && !isDone(each, options));
    if (left.length === 0) continue;
    await using runner = await options.openRunner(transport);
    for (const each of left) {
      if (performance.now() - startedAtMs > options.minutes * 60_000) break;
      const caught = await hunt(each, runner, { seed: options.seed, runs: options.runs(each), commit });
      catches.push(caught);
      await options.onCatch(caught, catches);
    }
  }
  return catches;
}

function isDone({ mutation }: Prey, { earlier }: HuntOptions): boolean {
  return earlier.some((each) => each.mutation === mutation);
}

/** Writes what came of a hunt as one line. */
export function catchLine({ mutation, transport, runs, found }: Catch): string {
  if (!found) return `· ${mutation}: no seed of ${runs} noticed; its test shows it`;
  const replay = `npm run crash -- --transport ${transport} --mutation ${mutation} --runs 1 --seed ${found.seed}`;
  return `✓ ${mutation}: ${found.checks.join(", ")} after ${runs} runs  replay: ${replay}`;
}
