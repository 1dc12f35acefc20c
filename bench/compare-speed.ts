import type { Measurement } from "./bench.ts";

const settleMs = 100;
const measureMs = 300;
const callsBetweenLooks = 100;

/**
 * Compares how much processor time two functions take, one after the other. Processor time and not time on the clock: it
 * includes collecting the garbage, also on other threads, and leaves out what the machine does besides.
 */
export function compareSpeed(
  name: string,
  ours: () => unknown,
  theirName: string,
  theirs: () => unknown,
): readonly Measurement[] {
  const our = nanosPerCall(ours);
  const their = nanosPerCall(theirs);
  return [
    { name, value: our, unit: "ns" },
    { name: `${name}: ${theirName}`, value: their, unit: "ns" },
    { name: `${name} ÷ ${theirName}`, value: their / our, unit: "×" },
  ];
}

/** Runs a function until it is settled: compiled, and not paying for garbage that others left behind. Then measures it. */
function nanosPerCall(run: () => unknown): number {
  runFor(run, settleMs);
  return runFor(run, measureMs);
}

/** Gives the nanoseconds of one call. A few results are kept for a while, so that no call is optimised away. */
function runFor(run: () => unknown, durationMs: number): number {
  const kept: unknown[] = new Array(10);
  const before = process.cpuUsage();
  for (let calls = callsBetweenLooks; ; calls += callsBetweenLooks) {
    for (let i = 0; i < callsBetweenLooks; i++) kept[i % kept.length] = run();
    const { user, system } = process.cpuUsage(before);
    if (user + system >= durationMs * 1_000) return ((user + system) * 1_000) / calls;
  }
}
