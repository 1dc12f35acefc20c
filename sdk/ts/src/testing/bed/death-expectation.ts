import type { CrashPlan } from "../crash/index.ts";
import type { CommittedEvent, History } from "../history/index.ts";

/**
 * Learns from the run without a crash which events become dead letters, and says of all others that they must not: a crash
 * is no reason for an event to die. Ids differ between runs, so events are known by type, key and operation.
 */
export function createDeathExpectation(): (plan: CrashPlan, history: History) => History {
  const mortal = new Set<string>();
  return (plan, history) => {
    if (!plan.site) for (const commit of history.commits) if (isDead(history, commit)) mortal.add(nameOf(commit));
    return {
      ...history,
      commits: history.commits.map((commit) => ({ ...commit, mayDie: mortal.has(nameOf(commit)) })),
    };
  };
}

function isDead({ dead }: History, { source, id }: CommittedEvent): boolean {
  return dead.some((letter) => letter.source === source && letter.id === id);
}

function nameOf({ type, key, operation }: CommittedEvent): string {
  return JSON.stringify([type, key, operation]);
}
