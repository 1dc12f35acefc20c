import { partitionOf } from "../wire/partition.ts";

const prefix = "sentinel-";

/** Whether a key belongs to an event that the runner publishes only to see it handled. */
export function isSentinel(key: string | undefined): boolean {
  return key?.startsWith(prefix) ?? false;
}

/** One key for each partition. */
export function sentinelKeys(partitions: number): string[] {
  const keys: string[] = [];
  for (let n = 0; keys.filter(Boolean).length < partitions; n++) {
    const key = `${prefix}${n}`;
    keys[partitionOf(key, partitions)] ??= key;
  }
  return keys;
}
