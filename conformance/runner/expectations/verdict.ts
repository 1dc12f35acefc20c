/** What one look at an expectation gave. */
export interface Verdict {
  readonly ok: boolean;
  readonly expected: string;
  readonly observed: string;
}

/** Joins verdicts that must all hold: the first that does not, else the last. */
export function allOf(verdicts: readonly Verdict[]): Verdict {
  const failed = verdicts.find(({ ok }) => !ok);
  return failed ?? verdicts.at(-1) ?? { ok: true, expected: "nothing", observed: "nothing" };
}

/** Whether a number lies within bounds, and how they read. */
export function within(
  bounds: { readonly min?: number | undefined; readonly max?: number | undefined },
  value: number,
): { readonly ok: boolean; readonly text: string } {
  const { min, max } = bounds;
  const ok = (min === undefined || value >= min) && (max === undefined || value <= max);
  const text =
    min !== undefined && max !== undefined
      ? `${min} to ${max}`
      : min !== undefined
        ? `${min} or more`
        : `${max} or less`;
  return { ok, text };
}
