/** Things a second while a function did so many of them. */
export async function perSecond(count: number, run: () => Promise<unknown>): Promise<number> {
  return (count / (await timed(run))) * 1_000;
}

/** Milliseconds that a function took. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Does numbered things, so many at once, until all are done. */
export async function sideBySide(count: number, atOnce: number, run: (index: number) => Promise<unknown>) {
  let next = 0;
  const work = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** The value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]!;
}
