import { setTimeout } from "node:timers/promises";

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

/** How runs follow each other. */
export interface Pace {
  readonly perSecond: number;
  readonly runs: number;
}

/** Starts one run after the other at a steady pace, whether or not the earlier ones have ended. */
export async function paced<Result>({ perSecond, runs }: Pace, run: (index: number) => Promise<Result>) {
  const start = performance.now();
  const started: Promise<Result>[] = [];
  while (started.length < runs) {
    const due = ((performance.now() - start) / 1_000) * perSecond;
    while (started.length < Math.min(due, runs)) started.push(run(started.length));
    await setTimeout(1);
  }
  return Promise.all(started);
}

/** The value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]!;
}

/** Counts events of a run until all have come. */
export interface Countdown {
  count(): void;
  /** Resolves with events a second when the last one was counted. */
  readonly perSecond: Promise<number>;
}

/** Makes a countdown. The first tenth is not measured: whoever consumes is still starting. */
export function createCountdown(total: number): Countdown {
  const { promise, resolve } = Promise.withResolvers<number>();
  const measuredFrom = Math.ceil(total / 10);
  let startMs = 0;
  let counted = 0;
  return {
    perSecond: promise,
    count() {
      counted++;
      if (counted === measuredFrom) startMs = performance.now();
      if (counted === total) resolve(((total - measuredFrom) / (performance.now() - startMs)) * 1_000);
    },
  };
}
