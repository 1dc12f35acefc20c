import type { StreamState, Transport, WaitOptions } from "../core/transport.ts";

/**
 * Finds the last sequence of a stream that was stored before a time; the one before the first when none was. Asks for about
 * as many messages as the stream's length has binary digits.
 */
export async function findSequenceBefore(
  transport: Pick<Transport, "next">,
  { name, firstSequence, lastSequence }: StreamState,
  timeMs: number,
  options?: WaitOptions,
): Promise<bigint> {
  // Everything up to `low` is older than the time; everything behind `high` is not.
  let low = firstSequence > 0n ? firstSequence - 1n : 0n;
  let high = lastSequence;
  while (low < high) {
    const middle = (low + high) / 2n;
    const message = await transport.next(name, ">", middle, options);
    if (!message || message.sequence > high || message.storedAtMs >= timeMs) high = middle;
    else low = message.sequence;
  }
  return low;
}
