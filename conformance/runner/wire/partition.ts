const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/** Unsigned FNV-1a of 32 bits over UTF-8 bytes (http://www.isthe.com/chongo/tech/comp/fnv/). */
export function fnv1a32(text: string): number {
  let hash = offsetBasis;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}

/** The partition of a token: an escaped key, or the id of an event without one (F3). */
export function partitionOf(token: string, partitions: number): number {
  return fnv1a32(token) % partitions;
}
