import type { Clock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import type { Cursor, CursorStore, PartitionRef } from "../core/store/cursor-store.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import { type MessageIdentity, messageIdentity } from "./message-identity.ts";
import type { SessionStart } from "./partition-session.ts";
import { checkStream } from "./stream-check.ts";
import { unreadSince } from "./unread-since.ts";

/** What {@link findStart} works with. */
export interface FindStartOptions {
  readonly transport: Pick<Transport, "streamState" | "get">;
  readonly cursors: CursorStore;
  /** Messages before a stream's new end that are read again after it lost some. */
  readonly rewindMargin: bigint;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** Decides where a session starts: behind the stored position, if the stream is still the one it was stored for. */
export type FindStart = (ref: PartitionRef, state: StreamState, isDirty: boolean) => Promise<SessionStart>;

/**
 * Makes the finder of starts. What the broker lost is alarmed and read again, what expired unread is alarmed with its
 * count; nothing is skipped in silence (traps T26, T40).
 */
export function createFindStart({ transport, cursors, rewindMargin, clock, log, probe }: FindStartOptions): FindStart {
  return async (ref, state, isDirty) => {
    const cursor = await cursors.load(ref);
    const position = cursor ? await follow(ref, state, cursor) : await identify(state, 0n);
    if (!cursor) await cursors.advance([{ ...ref, ...position, streamCreatedAtMs: state.createdAtMs }]);
    return { position, streamCreatedAtMs: state.createdAtMs, suspectUntil: isDirty ? state.lastSequence : 0n };
  };

  async function follow(ref: PartitionRef, state: StreamState, cursor: Cursor): Promise<MessageIdentity> {
    if (probe?.without("stream-regression-ignored")) return cursor;
    const verdict = await checkStream({ transport, state, cursor, margin: rewindMargin });
    if (verdict.kind === "unchanged") return cursor;
    const position = await identify(state, verdict.after);
    const fields = { ...ref, position: String(cursor.sequence), after: String(verdict.after) };
    if (verdict.kind === "expired") {
      const error = new ConcordError("position_expired", `events of ${ref.stream} were deleted before they were read`);
      log.error({ ...fields, code: error.code, atMost: String(verdict.count) }, error.message);
      return position;
    }
    const error = new ConcordError("stream_regressed", `${ref.stream} lost or replaced events that were read`);
    log.error({ ...fields, code: error.code, why: verdict.why }, error.message);
    await cursors.rewind(ref, { ...position, streamCreatedAtMs: state.createdAtMs });
    return position;
  }

  /** What stands at a sequence; where nothing does, the time is that of the first message that is unread. */
  async function identify(state: StreamState, sequence: bigint): Promise<MessageIdentity> {
    const message = sequence > 0n ? await transport.get(state.name, sequence) : undefined;
    if (message) return messageIdentity(message);
    return { sequence, eventId: "", eventTimeMs: await unreadSince({ transport, clock }, state, sequence) };
  }
}
