import type { EventIdentity } from "./history.ts";

/** One text per event. Neither part holds a line break, so no two events share one. */
export function nameOf({ source, id }: EventIdentity): string {
  return `${source}\n${id}`;
}

/** One text per event and consumer. */
export function nameAt(consumer: string, event: EventIdentity): string {
  return `${consumer}\n${nameOf(event)}`;
}

/** Finds entries by a name of theirs. */
export interface Index<Entry> {
  has(name: string): boolean;
  /** In the order given; empty when there are none. */
  all(name: string): readonly Entry[];
  first(name: string): Entry | undefined;
  /** Entries of one name each, in the order of their first ones. */
  groups(): Iterable<readonly Entry[]>;
}

/** Indexes entries; those whose name is undefined are left out. */
export function indexBy<Entry>(entries: readonly Entry[], toName: (entry: Entry) => string | undefined): Index<Entry> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const name = toName(entry);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(entry);
    else groups.set(name, [entry]);
  }
  return {
    has: (name) => groups.has(name),
    all: (name) => groups.get(name) ?? [],
    first: (name) => groups.get(name)?.[0],
    groups: () => groups.values(),
  };
}
