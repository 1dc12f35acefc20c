import type { EventIdentity, History } from "../../sdk/ts/src/testing/history/index.ts";
import type { Job } from "./job.ts";

/** What can use up the attempts of an event that has no fault. */
export interface Hardship {
  readonly jobs: readonly Job[];
  /** Times that a process died or was frozen. */
  readonly interruptions: number;
  /** Runs of a handler after which an event is given up. */
  readonly maxAttempts: number;
}

/**
 * Lets events without a fault be given up as exhausted where their runs may have been interrupted often enough: a run that
 * never ended counts, and one that was frozen beyond its timeout. An event that kills processes interrupts those of other
 * services too, and none knows whether it was an event of its own.
 */
export function excuseDeaths(history: History, { jobs, interruptions, maxAttempts }: Hardship): History {
  const fates = jobs.flatMap(({ publications }) => publications.map(({ fate }) => fate.kind));
  if (!fates.includes("killer") && interruptions < maxAttempts) return history;
  const exhausted = new Set(history.dead.filter(({ reason }) => reason === "exhausted").map(nameOf));
  const commits = history.commits.map((commit) =>
    exhausted.has(nameOf(commit)) ? { ...commit, mayDie: true } : commit,
  );
  return { ...history, commits };
}

function nameOf({ source, id }: EventIdentity): string {
  return `${source} ${id}`;
}
