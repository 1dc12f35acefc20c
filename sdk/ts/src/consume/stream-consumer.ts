import type { Clock, Random } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { Outcome } from "../core/handler.ts";
import type { Log } from "../core/log.ts";
import type { PartitionShare } from "../core/partition-share.ts";
import type { Probe } from "../core/probe.ts";
import type { CursorStore, PartitionRef } from "../core/store/cursor-store.ts";
import type { AttemptStore, ParkingStore } from "../core/store/parking-store.ts";
import type { StreamState, Transport } from "../core/transport.ts";
import type { BatchLimits } from "./batch-queues.ts";
import type { CursorWriter } from "./cursor-writer.ts";
import { createFindStarts } from "./find-starts.ts";
import { createParkedLimit, type ParkedLimit } from "./parked-limit.ts";
import { createPartitionSession, type PartitionSession, type SessionStart, type Settler } from "./partition-session.ts";
import { createReadBuffer, defaultMaxMessages, type ReadBufferLimits } from "./read-buffer.ts";
import { createReading, planReading, type ReadingGroup } from "./reading-plan.ts";
import { createSleeper } from "./sleeper.ts";
import type { Slots } from "./slots.ts";
import { createStreamReader, type StreamReader } from "./stream-reader.ts";
import type { StreamSource } from "./stream-source.ts";
import { identifyPlace, unreadSince } from "./unread-since.ts";

/** What the consumer of one stream works with. */
export interface StreamConsumerOptions {
  readonly service: string;
  readonly source: StreamSource;
  readonly transport: Pick<Transport, "read" | "streamState" | "get" | "next">;
  readonly share: PartitionShare;
  readonly cursors: CursorStore;
  readonly parking: Pick<ParkingStore, "count">;
  readonly attempts: Pick<AttemptStore, "clear">;
  readonly writer: CursorWriter;
  readonly slots: Slots;
  readonly settler: Settler;
  readonly batch?: BatchLimits | undefined;
  readonly buffer?: ReadBufferLimits | undefined;
  /** Parked events of one partition at which reading it stops. */
  readonly maxParked: number;
  readonly rewindMargin: bigint;
  readonly onPartitions: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** Consumes one stream: the partitions that this replica holds. */
export interface StreamConsumer {
  readonly stream: string;
  readonly partitions: number;
  /** Partitions held now. */
  readonly held: readonly PartitionRef[];
  /** Partitions whose reading is stopped, because too many of their events wait in the database. */
  readonly paused: readonly number[];
  /** Messages read and not settled. */
  readonly unfinished: number;
  /** The last sequence read, over the partitions held; 0 before the first. */
  readonly lastRead: bigint;
  /** Up to here an earlier session may have died of a message of the partition; 0 when it ended in order. */
  suspectUntil(partition: number): bigint;
  /** Consumes until the signal aborts, then ends in order: what runs is finished, the position stored. */
  run(signal: AbortSignal): Promise<void>;
  /** Aborts the attempts under way. */
  abort(reason: unknown): void;
}

interface Held {
  readonly ref: PartitionRef;
  readonly limit: ParkedLimit;
  session: PartitionSession | undefined;
  suspectUntil: bigint;
  /** The last session was given up before it had settled what an earlier process may have died of. */
  hasSuspects: boolean;
  /** This process has read the partition before: an unfinished end was its own and no crash. */
  wasOpened: boolean;
}

/**
 * Until it is known how the last session ended, each parked event may have ended it. Else one that kills its process would
 * run at every start before anybody counts, for ever.
 */
const everything = 2n ** 63n;

/** How often the times of idle positions are renewed, in milliseconds: often enough for inbox days. */
const touchMs = 600_000;

/** Makes a consumer that holds nothing yet. */
export function createStreamConsumer(options: StreamConsumerOptions): StreamConsumer {
  const { service, source, transport, share, cursors, parking, attempts, writer, clock, probe } = options;
  const log = options.log.child({ stream: source.stream });
  const findStarts = createFindStarts({ ...options, log });
  const buffer = createReadBuffer(bufferLimits(options));
  const held = new Map<number, Held>();
  const ending = new Set<PartitionSession>();
  const reading = createReading(createReader);
  const sleeper = createSleeper(clock);
  let isPlanned = false;

  return {
    stream: source.stream,
    partitions: source.partitions,
    get held() {
      return [...held.values()].map(({ ref }) => ref);
    },
    get paused() {
      return [...held.values()].filter(({ limit }) => limit.isPaused).map(({ ref }) => ref.partition);
    },
    get unfinished() {
      return buffer.messages;
    },
    get lastRead() {
      return [...held.values()].reduce((last, { session }) => larger(last, session?.lastRead ?? 0n), 0n);
    },
    suspectUntil(partition) {
      const entry = held.get(partition);
      return entry?.wasOpened === false ? everything : (entry?.suspectUntil ?? 0n);
    },
    async run(signal) {
      const scope = `${service}/${source.stream}`;
      void touchIdle();
      await share({ scope, partitions: source.partitions, onAcquired: hold, onLost: lose }).run(signal);
      sleeper.end();
      await reading.ended();
    },
    abort(reason) {
      for (const { session } of held.values()) session?.abort(reason);
      for (const session of ending) session.abort(reason);
    },
  };

  function hold(partition: number): void {
    const ref = { consumer: service, stream: source.stream, partition };
    const limit = createParkedLimit({ ...options, ref, sleeper, onChange: planSoon, log });
    held.set(partition, { ref, limit, session: undefined, suspectUntil: 0n, hasSuspects: false, wasOpened: false });
    planSoon();
  }

  /** Partitions come one by one; how to read them is decided when all have come. */
  function planSoon(): void {
    if (isPlanned) return;
    isPlanned = true;
    queueMicrotask(() => {
      isPlanned = false;
      const active = [...held.values()].filter(({ limit }) => !limit.isPaused).map(({ ref }) => ref.partition);
      reading.follow(planReading(active, source.partitions));
      options.onPartitions();
    });
  }

  /** Sessions outlive their readers: the next one goes on where the last one stopped. */
  function createReader({ partitions, isWhole }: ReadingGroup): StreamReader {
    const filter = isWhole ? source.filter : source.filterOf(partitions[0]!);
    return createStreamReader({ ...options, filter, partitions, buffer, openSessions, abandonSessions, log });
  }

  async function openSessions(partitions: readonly number[]): Promise<ReadonlyMap<number, PartitionSession>> {
    const entries = partitions.flatMap((partition) => held.get(partition) ?? []);
    const missing = entries.filter(({ session }) => !session);
    if (missing.length > 0) await startSessions(missing);
    return new Map(entries.flatMap(({ ref, session }) => (session ? [[ref.partition, session] as const] : [])));
  }

  async function startSessions(entries: readonly Held[]): Promise<void> {
    const state = await transport.streamState(source.stream);
    if (!state) throw new ConcordError("not_found", `there is no stream ${source.stream}; its owner makes it at start`);
    // What earlier sessions had not stored is stored first: a rewind must be the last word.
    await writer.flush();
    const openings = [];
    for (const { ref, wasOpened } of entries) {
      const wasLeftOpen = await cursors.open(ref);
      openings.push({ ref, isDirty: wasLeftOpen && !wasOpened });
    }
    const starts = await findStarts(openings, state);
    await Promise.all(entries.map(({ limit }) => limit.check()));
    for (const [index, entry] of entries.entries()) entry.session = startSession(entry, starts[index]!);
  }

  function startSession(entry: Held, found: SessionStart): PartitionSession {
    const { ref } = entry;
    const start = entry.hasSuspects ? { ...found, suspectUntil: entry.suspectUntil } : found;
    entry.wasOpened = true;
    entry.suspectUntil = larger(entry.suspectUntil, start.suspectUntil);
    const onFault = (error: unknown) => reading.readerOf(ref.partition)?.restart(error);
    const onOutcome = (outcome: Outcome) => noteOutcome(entry, outcome);
    return createPartitionSession({ ...options, ref, start, buffer, onOutcome, onFault });
  }

  function abandonSessions(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const entry = held.get(partition);
      if (!entry?.session) continue;
      entry.hasSuspects = entry.session.hasSuspects;
      entry.session.abandon();
      entry.session = undefined;
    }
  }

  function noteOutcome({ ref, limit }: Held, { kind }: Outcome): void {
    reading.readerOf(ref.partition)?.noteProgress();
    if (kind === "parked") limit.noteParked();
  }

  /** Keeps positions and their times young where nothing comes, see {@link passOthers} and {@link unreadSince}. */
  async function touchIdle(): Promise<void> {
    for (;;) {
      await sleeper.sleep(touchMs);
      if (sleeper.isEnded) return;
      try {
        const state = await transport.streamState(source.stream);
        for (const { session } of held.values()) {
          if (!state || !session) continue;
          await passOthers(session, state);
          session.touch(await unreadSince({ transport, clock }, state, session.lastRead));
        }
      } catch (error) {
        log.debug({ err: error }, "idle positions stay as they are");
      }
    }
  }

  /**
   * Moves a position over what its filter does not match. Else it would stay behind in a stream that others write to, and
   * those others' events, once expired, would be taken for unread ones.
   */
  async function passOthers(session: PartitionSession, state: StreamState): Promise<void> {
    const { lastRead, unfinished, ref } = session;
    const isOther = session.cursor().streamCreatedAtMs !== state.createdAtMs;
    if (isOther || unfinished > 0 || lastRead >= state.lastSequence) return;
    const next = await transport.next(source.stream, source.filterOf(ref.partition), lastRead);
    if (next && next.sequence <= state.lastSequence) return;
    session.pass(await identifyPlace({ transport, clock }, state, state.lastSequence));
  }

  async function lose(partition: number): Promise<void> {
    const entry = held.get(partition);
    if (!entry) return;
    held.delete(partition);
    entry.limit.end();
    planSoon();
    if (entry.session) await endSession(entry, entry.session);
  }

  /** Ends in order: what runs is finished, the position stored. Whatever fails here only costs reading again. */
  async function endSession(entry: Held, session: PartitionSession): Promise<void> {
    const { ref } = entry;
    ending.add(session);
    try {
      await session.stop();
      if (probe) await probe.reach("drain.stop");
      await writer.flush();
      if (probe) await probe.reach("drain.store");
      if (entry.suspectUntil > 0n) await attempts.clear(ref, session.cursor().sequence);
      if (!(await leavesSuspects(entry, session))) await cursors.close(ref);
    } catch (error) {
      log.warn({ ...ref, err: error }, "the position was not stored at the end; events may be read again");
    } finally {
      ending.delete(session);
    }
  }

  /** Whoever comes next must count the runs of what an earlier process may have died of and nobody has settled since. */
  async function leavesSuspects({ ref, suspectUntil }: Held, { hasSuspects }: PartitionSession): Promise<boolean> {
    return hasSuspects || (suspectUntil > 0n && (await parking.count(ref)) > 0);
  }
}

/** Room for a batch of each partition that runs and one that gathers meanwhile. */
function bufferLimits({ batch, buffer, source }: StreamConsumerOptions): ReadBufferLimits {
  const twoBatches = (batch?.maxEvents ?? 0) * source.partitions * 2;
  return { maxMessages: Math.max(defaultMaxMessages, twoBatches), ...buffer };
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
