import type { CrashResult } from "./run-crash.ts";

/** One run in a line, and a line for each violation. */
export function crashLine({ seed, cast, violations, ...result }: CrashResult): string {
  const { events, deaths, deathsAtPoints, freezes, disconnects, redriven, seconds } = result;
  const facts = [
    `${events} events`,
    `${deaths} deaths (${deathsAtPoints} at points)`,
    `${freezes} freezes`,
    `${disconnects} disconnects`,
    `${redriven} redriven`,
    `${seconds.toFixed(1)} s`,
  ];
  const line = `${violations.length === 0 ? "✓" : "✗"} seed ${seed}  ${cast}  ${facts.join(", ")}`;
  return [line, ...violations.map((violation) => `    ${violation}`)].join("\n");
}

/** The sum of several runs. */
export function crashSum(results: readonly CrashResult[]): string {
  const total = (of: (result: CrashResult) => number) => results.reduce((sum, result) => sum + of(result), 0);
  const broken = results.filter(({ violations }) => violations.length > 0).length;
  const seeds = results.length > 0 ? `seeds ${results[0]!.seed} to ${results.at(-1)!.seed}, ` : "";
  return (
    `${results.length} crash runs, ${seeds}${total(({ events }) => events)} events, ` +
    `${total(({ deaths }) => deaths)} deaths (${total(({ deathsAtPoints }) => deathsAtPoints)} at points), ` +
    `${broken === 0 ? "no violation" : `${broken} runs with violations`}`
  );
}
