/**
 * What can happen to a lease: it was taken, given back by choice, or it ended although its work went on (another replica
 * had taken it, or it was not renewed in time).
 */
export type LeaseChange = "acquired" | "released" | "lost";

/** How often one change befell the leases of one scope. */
export interface LeaseCount {
  /** What is shared: `relay`, or a consumer and stream. */
  readonly scope: string;
  readonly change: LeaseChange;
  readonly count: number;
}

/** Counts the changes of one replica's leases. Many in a short time say that its leases are too short, or its pauses long. */
export interface LeaseTally {
  note(scope: string, change: LeaseChange): void;
  /** All that were noted since the tally was made. */
  counts(): readonly LeaseCount[];
}

/** Makes a tally of nothing. */
export function createLeaseTally(): LeaseTally {
  const counts = new Map<string, LeaseCount>();
  return {
    note(scope, change) {
      const name = `${change} ${scope}`;
      counts.set(name, { scope, change, count: (counts.get(name)?.count ?? 0) + 1 });
    },
    counts: () => [...counts.values()],
  };
}
