import type { StreamReader } from "./stream-reader.ts";

/** Partitions that are read through one connection; `whole` when it is all of the stream. */
export interface ReadingGroup {
  readonly name: string;
  readonly partitions: readonly number[];
  readonly isWhole: boolean;
}

/**
 * Decides how few connections read the partitions that a replica holds: one for a whole stream, so that many streams cost
 * an idle process nothing; else one each, so that nothing is read in vain and one can stop alone.
 */
export function planReading(active: readonly number[], total: number): ReadingGroup[] {
  if (active.length === 0) return [];
  if (active.length === total) return [{ name: "whole", partitions: active, isWhole: true }];
  return active.map((partition) => ({ name: String(partition), partitions: [partition], isWhole: false }));
}

/** The readers of one stream. */
export interface Reading {
  /** Starts and stops readers, so that these groups are read. */
  follow(groups: readonly ReadingGroup[]): void;
  /** Gives the reader of a partition. */
  readerOf(partition: number): StreamReader | undefined;
  /** Resolves when no reader is left. */
  ended(): Promise<void>;
}

/** Makes a reading without readers. */
export function createReading(createReader: (group: ReadingGroup) => StreamReader): Reading {
  const readers = new Map<string, { readonly reader: StreamReader; readonly done: Promise<void> }>();
  const byPartition = new Map<number, StreamReader>();
  const retiring = new Set<Promise<void>>();

  return {
    follow(groups) {
      const wanted = new Set(groups.map(({ name }) => name));
      for (const [name, { reader, done }] of readers) {
        if (wanted.has(name)) continue;
        readers.delete(name);
        reader.stop();
        retiring.add(done);
        void done.then(() => retiring.delete(done));
      }
      for (const group of groups) {
        if (!readers.has(group.name)) start(group);
      }
    },
    readerOf: (partition) => byPartition.get(partition),
    async ended() {
      await Promise.all([...retiring, ...[...readers.values()].map(({ done }) => done)]);
    },
  };

  /** A reader begins when those before it have taken their last message: one partition never has two. */
  function start(group: ReadingGroup): void {
    const reader = createReader(group);
    for (const partition of group.partitions) byPartition.set(partition, reader);
    const done = Promise.all(retiring).then(() => reader.run());
    readers.set(group.name, { reader, done });
  }
}
