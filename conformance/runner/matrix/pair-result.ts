/** One value that did not come through a pair of implementations as it should. */
export interface Mismatch {
  readonly producer: string;
  readonly consumer: string;
  readonly mode: string;
  readonly what: string;
}

/** The sum of one pair and mode. */
export interface PairResult {
  readonly producer: string;
  readonly consumer: string;
  readonly mode: string;
  readonly count: number;
  readonly mismatches: readonly Mismatch[];
}

/** The table of a matrix and its sum. */
export function matrixText(results: readonly PairResult[], seed: bigint): string {
  const mismatches = results.flatMap((result) => result.mismatches);
  const shown = mismatches
    .slice(0, 20)
    .map(({ producer, consumer, mode, what }) => `✗ ${producer} → ${consumer} [${mode}] ${what}`);
  const rows = results.map(
    ({ producer, consumer, mode, count, mismatches: own }) =>
      `| ${producer} → ${consumer} | ${mode} | ${count} | ${own.length} |`,
  );
  const total = results.reduce((sum, { count }) => sum + count, 0);
  return [
    ...shown,
    ...(shown.length > 0 ? [""] : []),
    "| pair | mode | values | mismatches |",
    "|---|---|---|---|",
    ...rows,
    "",
    `${total} values through ${results.length} pairs and modes, ${mismatches.length} mismatches, seed ${seed}`,
  ].join("\n");
}
