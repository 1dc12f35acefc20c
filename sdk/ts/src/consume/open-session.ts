import { ConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import type { Cursor, CursorStore, PartitionRef } from "../core/store/cursor-store.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import { messageIdentity } from "./message-identity.ts";
import type { SessionStart } from "./partition-session.ts";
import { checkStream } from "./stream-check.ts";

/** What {@link findStart} works with. */
export interface FindStartOptions {
  readonly transport: Pick<Transport, "streamState" | "get">;
  readonly cursors: CursorStore;
  /** Messages before a stream's new end that are read again after it lost some. */
  readonly rewindMargin: bigint;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** Decides where a session starts: behind the stored position, if the stream is still the one it was stored for. */
export type FindStart = (ref: PartitionRef, state: StreamState, isDirty: boolean) => Promise<SessionStart>;

/**
 * Makes the finder of starts. What the broker lost is alarmed and read again, what expired unread is alarmed with its
 * count; nothing is skipped in silence (traps T26, T40).
 */
export function createFindStart({ transport, cursors, rewindMargin, log, probe }: FindStartOptions): FindStart {
  return async (ref, state, isDirty) => {
    const suspectUntil = isDirty ? state.lastSequence : 0n;
    const streamCreatedAtMs = state.createdAtMs;
    const cursor = await cursors.load(ref);
    const after = cursor ? await follow(ref, state, cursor) : 0n;
    return { after, streamCreatedAtMs, suspectUntil };
  };

  async function follow(ref: PartitionRef, state: StreamState, cursor: Cursor): Promise<bigint> {
    if (probe?.without("stream-regression-ignored")) return cursor.sequence;
    const verdict = await checkStream({ transport, state, cursor, margin: rewindMargin });
    const fields = { ...ref, position: String(cursor.sequence) };
    if (verdict.kind === "regressed") {
      const error = new ConcordError("stream_regressed", `${ref.stream} lost or replaced events that were read`);
      log.error({ ...fields, code: error.code, why: verdict.why, after: String(verdict.after) }, error.message);
      await cursors.rewind(ref, await cursorAt(state, verdict.after));
      return verdict.after;
    }
    if (verdict.kind === "expired") {
      const error = new ConcordError("position_expired", `events of ${ref.stream} were deleted before they were read`);
      log.error({ ...fields, code: error.code, atMost: String(verdict.count) }, error.message);
      return verdict.after;
    }
    return cursor.sequence;
  }

  async function cursorAt({ name, firstSequence, createdAtMs }: StreamState, sequence: bigint): Promise<Cursor> {
    const message = sequence >= firstSequence && sequence > 0n ? await transport.get(name, sequence) : undefined;
    const identity = message ? messageIdentity(message) : { sequence, eventId: "", eventTimeMs: 0 };
    return { ...identity, streamCreatedAtMs: createdAtMs };
  }
}
