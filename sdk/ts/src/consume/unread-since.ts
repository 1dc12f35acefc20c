import type { Clock } from "../core/clock.ts";
import type { StreamState, Transport } from "../core/transport.ts";

/** What {@link unreadSince} asks. */
export interface UnreadSinceOptions {
  readonly transport: Pick<Transport, "get">;
  readonly clock: Clock;
}

/**
 * Tells since when a stream may hold something unread behind a sequence, in milliseconds since the epoch; 0 when nobody
 * knows. Inbox days before may be dropped: without it a partition that nobody writes to would keep them for ever (trap T8).
 */
export async function unreadSince(
  { transport, clock }: UnreadSinceOptions,
  { name, firstSequence, lastSequence }: StreamState,
  sequence: bigint,
): Promise<number> {
  if (sequence >= lastSequence) return clock.now();
  const next = sequence + 1n > firstSequence ? sequence + 1n : firstSequence;
  return (await transport.get(name, next))?.storedAtMs ?? 0;
}
