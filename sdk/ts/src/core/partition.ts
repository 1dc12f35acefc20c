const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/**
 * Gives the partition of an escaped key token (or of the id of an event without a key): its FNV-1a 32 hash modulo the
 * number of partitions, as nats-server's own `partition()` does (conformance F3).
 */
export function partitionOf(token: string, partitions: number): number {
  let hash = offsetBasis;
  for (const byte of Buffer.from(token)) hash = Math.imul(hash ^ byte, prime);
  return (hash >>> 0) % partitions;
}
