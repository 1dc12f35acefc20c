import type { Goal, Measurement } from "./bench.ts";

/** One measurement over all rounds. */
export interface Summary {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly goal?: Goal;
  /** Absent without a goal. */
  readonly met?: boolean;
}

/**
 * Sums up the rounds of a bench, in the order of the first one.
 * @throws {Error} when a goal names a measurement that does not exist.
 */
export function summarise(
  rounds: readonly (readonly Measurement[])[],
  goals: Readonly<Record<string, Goal>> = {},
): Summary[] {
  const summaries = (rounds[0] ?? []).map(({ name, unit }) => {
    const values = rounds
      .map((round) => round.find((each) => each.name === name)?.value ?? Number.NaN)
      .sort((left, right) => left - right);
    const median = middle(values);
    const goal = goals[name];
    return {
      name,
      unit,
      median,
      min: values[0]!,
      max: values.at(-1)!,
      ...(goal && { goal, met: reaches(median, goal) }),
    };
  });
  const unknown = Object.keys(goals).filter((name) => !summaries.some((each) => each.name === name));
  if (unknown.length > 0) throw new Error(`goals for what is not measured: ${unknown.join(", ")}`);
  return summaries;
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function reaches(value: number, goal: Goal): boolean {
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** One line per measurement: median, range, goal. */
export function tableLines(summaries: readonly Summary[]): string[] {
  const rows = summaries.map((each) => [each.name, text(each.median), each.unit, range(each), goalText(each)]);
  const all = [["measurement", "median", "", "range", "goal"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

function range({ min, max }: Summary): string {
  return `${text(min)} … ${text(max)}`;
}

function goalText({ goal, met }: Summary): string {
  if (!goal) return "";
  return `${met ? "✓" : "✗"} ${"atLeast" in goal ? `≥ ${text(goal.atLeast)}` : `≤ ${text(goal.atMost)}`}`;
}

function text(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
