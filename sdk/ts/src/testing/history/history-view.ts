import { type Index, indexBy, nameAt, nameOf } from "./event-index.ts";
import type { CommittedEvent, DeadEvent, Effect, EventIdentity, History, InboxEntry, StoredEvent } from "./history.ts";

/** A history with what every check looks up in it. */
export interface HistoryView extends History {
  readonly commitOf: Index<CommittedEvent>;
  readonly effectsAt: Index<Effect>;
  readonly deadAt: Index<DeadEvent>;
  readonly inboxAt: Index<InboxEntry>;
  readonly storedOf: Index<StoredEvent>;
  /** Whether the broker had an event and lost it. */
  isLostByBroker(event: EventIdentity): boolean;
  /** Number of an event among the commits of its source and key, from 1; undefined without a key or a commit. */
  rankOf(event: CommittedEvent): number | undefined;
  /** Tells whether another event of the same business operation has an effect at a consumer. */
  isOperationDone(consumer: string, commit: CommittedEvent): boolean;
}

/** Indexes a history. */
export function viewHistory(history: History): HistoryView {
  const { commits, effects, dead, inbox = [], stored = [] } = history;
  const commitOf = indexBy(commits, nameOf);
  const ranks = rankCommits(commits);
  const lostByBroker = new Set(history.lostByBroker?.map(nameOf));
  const operations = indexBy(effects, (effect) => {
    const commit = commitOf.first(nameOf(effect));
    return commit && operationAt(effect.consumer, commit);
  });
  return {
    ...history,
    commitOf,
    effectsAt: indexBy(effects, (effect) => nameAt(effect.consumer, effect)),
    deadAt: indexBy(dead, (event) => nameAt(event.consumer, event)),
    inboxAt: indexBy(inbox, (entry) => nameAt(entry.consumer, entry)),
    storedOf: indexBy(stored, nameOf),
    isLostByBroker: (event) => lostByBroker.has(nameOf(event)),
    rankOf: (event) => ranks.get(nameOf(event)),
    isOperationDone: (consumer, commit) => operations.has(operationAt(consumer, commit) ?? ""),
  };
}

/** One text per business operation and consumer; undefined where the contract declares none. */
export function operationAt(consumer: string, { source, type, operation }: CommittedEvent): string | undefined {
  return operation === undefined ? undefined : [consumer, source, type, operation].join("\n");
}

/** One text per source and key; undefined without a key. */
export function lineOf({
  source,
  key,
}: {
  readonly source: string;
  readonly key?: string | undefined;
}): string | undefined {
  return key === undefined ? undefined : `${source}\n${key}`;
}

function rankCommits(commits: readonly CommittedEvent[]): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const line of indexBy(commits, lineOf).groups()) {
    const ordered = [...line].sort((a, b) => a.order - b.order);
    for (const [index, commit] of ordered.entries()) ranks.set(nameOf(commit), index + 1);
  }
  return ranks;
}
