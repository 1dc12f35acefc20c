import type { Clock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { Log, LogFields } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import type { Cursor, CursorStore, PartitionRef } from "../core/store/cursor-store.ts";
import type { AttemptStore } from "../core/store/parking-store.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import type { MessageIdentity } from "./message-identity.ts";
import type { SessionStart } from "./partition-session.ts";
import { checkStream, type StreamVerdict } from "./stream-check.ts";
import { identifyPlace } from "./unread-since.ts";

/** What {@link createFindStarts} works with. */
export interface FindStartsOptions {
  readonly transport: Pick<Transport, "get" | "streamState">;
  readonly cursors: Pick<CursorStore, "load" | "advance" | "rewind">;
  readonly attempts: Pick<AttemptStore, "clear">;
  /** Messages before a stream's new end that are read again after it lost some. */
  readonly rewindMargin: bigint;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** The largest number that both databases keep. */
const everySequence = 2n ** 63n - 1n;

/** One partition that is about to be read. */
export interface Opening {
  readonly ref: PartitionRef;
  /** An earlier session did not end in order. */
  readonly isDirty: boolean;
}

/** Decides where sessions start: behind their stored positions, if the stream is still the one they were stored for. */
export type FindStarts = (openings: readonly Opening[], state: StreamState) => Promise<readonly SessionStart[]>;

type Loss = Exclude<StreamVerdict, { readonly kind: "unchanged" }>;

interface Found {
  readonly ref: PartitionRef;
  readonly position: MessageIdentity;
  /** No position was stored before. */
  readonly isNew: boolean;
  readonly loss?: Loss;
}

/**
 * Makes the finder of starts. What the broker lost is alarmed and read again, what expired unread is alarmed with its
 * count; nothing is skipped in silence (traps T26, T40).
 */
export function createFindStarts(options: FindStartsOptions): FindStarts {
  const { transport, cursors, attempts, rewindMargin, log, probe } = options;

  return async (openings, state) => {
    const found = await Promise.all(openings.map(({ ref }) => find(ref, state)));
    const { createdAtMs: streamCreatedAtMs, lastSequence } = state;
    for (const loss of losses(found)) log.error(loss.fields, loss.message);
    for (const { ref, position, loss } of found) {
      if (loss?.kind === "regressed") await startAgain(ref, { ...position, streamCreatedAtMs });
    }
    const first = found.filter(({ isNew }) => isNew);
    await cursors.advance(first.map(({ ref, position }) => ({ ...ref, ...position, streamCreatedAtMs })));
    return found.map(({ position }, index) => {
      return { position, streamCreatedAtMs, suspectUntil: openings[index]!.isDirty ? lastSequence : 0n };
    });
  };

  /** What was counted or parked by its sequence speaks of events that the stream no longer has. */
  async function startAgain(ref: PartitionRef, cursor: Cursor): Promise<void> {
    await cursors.rewind(ref, cursor, { isOtherStream: true });
    await attempts.clear(ref, everySequence);
  }

  async function find(ref: PartitionRef, state: StreamState, isFresh = false): Promise<Found> {
    const cursor = await cursors.load(ref);
    if (!cursor) return { ref, position: await identifyPlace(options, state, 0n), isNew: true };
    const known: Found = { ref, position: toIdentity(cursor), isNew: false };
    if (probe?.without("stream-regression-ignored")) return known;
    const verdict = await checkStream({ transport, state, cursor, margin: rewindMargin });
    if (verdict.kind === "unchanged") return known;
    if (verdict.kind === "regressed" && !isFresh) return findAfresh(ref);
    return { ...known, position: await identifyPlace(options, state, verdict.after), loss: verdict };
  }

  /** A replica that has not noticed the end of its lease stores positions beyond a state that was read before them. */
  async function findAfresh(ref: PartitionRef): Promise<Found> {
    const state = await transport.streamState(ref.stream);
    if (!state) throw new ConcordError("not_found", `the stream ${ref.stream} is gone; its owner makes it at start`);
    return find(ref, state, true);
  }
}

/** One alarm for all partitions that one loss befell. */
function losses(found: readonly Found[]): { readonly fields: LogFields; readonly message: string }[] {
  const regressed = found.filter(({ loss }) => loss?.kind === "regressed");
  const expired = found.filter(({ loss }) => loss?.kind === "expired");
  return [
    ...(regressed.length > 0 ? [alarm("stream_regressed", "lost or replaced events that were read", regressed)] : []),
    ...(expired.length > 0 ? [alarm("position_expired", "deleted events before they were read", expired)] : []),
  ];
}

function alarm(code: "stream_regressed" | "position_expired", what: string, found: readonly Found[]) {
  const { stream, consumer } = found[0]!.ref;
  const error = new ConcordError(code, `the stream ${stream} ${what}`);
  const counts = found.flatMap(({ loss }) => (loss?.kind === "expired" ? [loss.count] : []));
  const fields = {
    code,
    consumer,
    stream,
    partitions: found.map(({ ref }) => ref.partition),
    after: found.map(({ position }) => String(position.sequence)),
    ...(counts.length > 0
      ? { atMost: String(counts.reduce((a, b) => (a > b ? a : b))) }
      : { why: found.map(({ loss }) => loss?.kind === "regressed" && loss.why)[0] }),
  };
  return { fields, message: error.message };
}

function toIdentity({ sequence, eventId, eventTimeMs }: Cursor): MessageIdentity {
  return { sequence, eventId, eventTimeMs };
}
