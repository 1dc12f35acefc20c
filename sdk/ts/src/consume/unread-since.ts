import type { Clock } from "../core/clock.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import { type MessageIdentity, messageIdentity } from "./message-identity.ts";

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

/** Tells what stands at a sequence; where nothing does, the time is that of the first message that is unread. */
export async function identifyPlace(
  options: UnreadSinceOptions,
  state: StreamState,
  sequence: bigint,
): Promise<MessageIdentity> {
  const message = sequence > 0n ? await options.transport.get(state.name, sequence) : undefined;
  if (message) return messageIdentity(message);
  return { sequence, eventId: "", eventTimeMs: await unreadSince(options, state, sequence) };
}
