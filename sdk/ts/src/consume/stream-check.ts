import type { Cursor } from "../core/store/cursor-store.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import { messageIdentity } from "./message-identity.ts";

/** What became of a stream since a position was stored. */
export type StreamVerdict =
  | { readonly kind: "unchanged" }
  /** Messages were deleted unread; at most that many. */
  | { readonly kind: "expired"; readonly count: bigint; readonly after: bigint }
  /** The broker lost or replaced messages that were read: reading starts again behind `after`. */
  | { readonly kind: "regressed"; readonly why: "recreated" | "shorter" | "replaced"; readonly after: bigint };

/** What {@link checkStream} works with. */
export interface StreamCheck {
  readonly transport: Pick<Transport, "get">;
  readonly state: StreamState;
  readonly cursor: Cursor;
  /** Messages before the new end that are read again. */
  readonly margin: bigint;
}

/**
 * Compares a position with the stream as it is now (traps T26, T40). A stream that lost its tail gives the lost sequences to
 * other messages; whoever trusted the sequence alone would skip those.
 */
export async function checkStream({ transport, state, cursor, margin }: StreamCheck): Promise<StreamVerdict> {
  const { firstSequence, lastSequence, createdAtMs } = state;
  const before = firstSequence > 0n ? firstSequence - 1n : 0n;
  if (cursor.sequence === 0n && before === 0n) return { kind: "unchanged" };
  if (cursor.streamCreatedAtMs !== createdAtMs) return { kind: "regressed", why: "recreated", after: before };
  const shorter = cursor.sequence > lastSequence;
  if (shorter || (await isReplaced(transport, state, cursor))) {
    const end = shorter ? lastSequence : cursor.sequence;
    const after = end > before + margin ? end - margin : before;
    return { kind: "regressed", why: shorter ? "shorter" : "replaced", after };
  }
  if (cursor.sequence >= before) return { kind: "unchanged" };
  return { kind: "expired", count: before - cursor.sequence, after: before };
}

async function isReplaced(
  transport: Pick<Transport, "get">,
  { name, firstSequence }: StreamState,
  { sequence, eventId }: Cursor,
): Promise<boolean> {
  if (sequence < firstSequence || sequence === 0n || eventId === "") return false;
  const message = await transport.get(name, sequence);
  return message !== undefined && messageIdentity(message).eventId !== eventId;
}
