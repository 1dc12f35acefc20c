import { type Clock, systemClock } from "../core/clock.ts";
import type { EventContract } from "../core/contract/event-contract.ts";
import { replayMessage } from "../core/dead-letter.ts";
import type { StoredMessage } from "../core/message.ts";
import { parseSubject, streamName, streamSubjects } from "../core/subject.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import { findSequenceBefore } from "./find-sequence.ts";
import { createKeyWindow } from "./key-window.ts";
import { readStored } from "./read-stored.ts";

/** What of the past goes to which service once more, and how fast. */
export interface ReplayOptions {
  readonly transport: Pick<Transport, "read" | "streamState" | "next" | "publish">;
  /** The service that gets the events, and no other. */
  readonly service: string;
  /** Prefix that keeps systems on one broker apart. Default none. */
  readonly namespace?: string | undefined;
  /** The events and commands to hand over, which must be among those that it handles. */
  readonly events: readonly EventContract[];
  /** Stored then or later, in milliseconds since the epoch. Default: from the first. */
  readonly fromMs?: number | undefined;
  /** Stored before then, in milliseconds since the epoch. Default: up to the last one stored at the call. */
  readonly toMs?: number | undefined;
  /**
   * Names a replay that also events which were handled go through, 1 to 999,999,999: a larger number than those of earlier
   * ones, such as seconds since some day. Handing an event over twice under one number has one effect. Unset: what was
   * handled is not handled again.
   */
  readonly again?: number | undefined;
  /** Only counts. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Default: no limit. */
  readonly ratePerSecond?: number | undefined;
  /** Where an earlier run came to, by the broker's names of streams: it goes on behind. Default: at the start. */
  readonly progress?: ReplayProgress | undefined;
  /** Told where the replay has come to each time that another stretch of events is with the broker. */
  readonly onProgress?: ((progress: ReplayProgress, handedOver: number) => void | Promise<void>) | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How far a replay has come in each stream: everything up to there is handed over. */
export type ReplayProgress = Readonly<Record<string, bigint>>;

/** What came of a replay. */
export interface ReplayReport {
  /** Events handed over in this run, or in a dry run found. */
  readonly replayed: number;
}

/** Nobody waits for a single one of many, and a broker that is busy with them answers late. */
const timeoutMs = 30_000;

/** Events between two notes of the progress. */
const stretch = 1_000;

/**
 * Hands stored events of a time range to one service again: the original bytes under `rdr.<service>`, through its inbox, so
 * that a service with a database handles those that it has not handled and no other, unless `again`. Events of one key stay
 * in their order, also when handing over fails: then the run ends. A run that was stopped goes on from `progress`; what is
 * handed over twice by that is known to the inbox. A service without a database handles everything it gets.
 * @throws {ConcordError} as `Publisher.publish`; `not_found` when the service has never run with this broker.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { transport, dryRun = false, ratePerSecond, onProgress, signal, clock = systemClock } = options;
  const pauseMs = ratePerSecond === undefined || dryRun ? 0 : 1_000 / ratePerSecond;
  const window = createKeyWindow();
  const startedMs = clock.now();
  let progress: ReplayProgress = { ...options.progress };
  let replayed = 0;
  const note = async (message: StoredMessage) => {
    await window.settled();
    progress = { ...progress, [message.stream]: message.sequence };
    await onProgress?.(progress, replayed);
  };
  for (const stream of streamsOf(options)) {
    let last: StoredMessage | undefined;
    for await (const message of messagesOf(options, stream, progress)) {
      replayed++;
      last = message;
      if (dryRun) continue;
      const aheadMs = startedMs + replayed * pauseMs - clock.now();
      if (pauseMs > 0 && aheadMs > 0) await clock.sleep(aheadMs, signal);
      signal?.throwIfAborted();
      const copy = replayMessage(message, options);
      await window.run(parseSubject(message.subject)?.keyToken ?? copy.messageId, async () => {
        await transport.publish(copy, { signal, timeoutMs });
      });
      if (replayed % stretch === 0) await note(message);
    }
    if (last && !dryRun) await note(last);
  }
  return { replayed };
}

/** The streams that keep the events, each with the types that are wanted of it. */
function streamsOf({ events, namespace }: ReplayOptions): ReplayedStream[] {
  const streams = new Map<string, ReplayedStream>();
  for (const { tree, stream, subjectType } of events) {
    const name = streamName(tree, stream, namespace);
    const filter = streamSubjects(tree, stream, namespace);
    streams.set(name, { name, filter, types: new Set([...(streams.get(name)?.types ?? []), subjectType]) });
  }
  return [...streams.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

interface ReplayedStream {
  readonly name: string;
  readonly filter: string;
  readonly types: ReadonlySet<string>;
}

async function* messagesOf(
  { transport, fromMs, toMs, signal }: ReplayOptions,
  { name, filter, types }: ReplayedStream,
  progress: ReplayProgress,
): AsyncGenerator<StoredMessage> {
  const state = await transport.streamState(name, { signal });
  if (!state || state.messages === 0n) return;
  const edge = (timeMs: number | undefined, other: bigint, stored: StreamState) =>
    timeMs === undefined ? other : findSequenceBefore(transport, stored, timeMs, { signal });
  const start = await edge(fromMs, 0n, state);
  const upTo = await edge(toMs, state.lastSequence, state);
  const reached = progress[name] ?? 0n;
  const after = reached > start ? reached : start;
  for await (const message of readStored({ transport, stream: name, filter, after, upTo, signal })) {
    const type = parseSubject(message.subject)?.type;
    if (type !== undefined && types.has(type)) yield message;
  }
}
