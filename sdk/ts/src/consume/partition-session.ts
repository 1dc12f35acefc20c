import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/handler.ts";
import type { StoredMessage } from "../core/message.ts";
import type { Probe } from "../core/probe.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import { type BatchLimits, createBatchQueues } from "./batch-queues.ts";
import type { CursorSource, CursorWriter } from "./cursor-writer.ts";
import { createKeyQueues, type ItemAttempt } from "./key-queues.ts";
import type { MessageIdentity } from "./message-identity.ts";
import { createFinishedPrefix, type ReadEntry } from "./position.ts";
import type { ReadBuffer } from "./read-buffer.ts";
import type { Slots } from "./slots.ts";

/** Settles single messages, in whatever way their stream asks for. */
export interface Settler {
  /** Tells whether a message has been settled, leaving no trace. Absent where no message can harm the process. */
  isSettled?(message: StoredMessage): Promise<boolean>;
  settle(message: StoredMessage, attempt: SettleAttempt): Promise<Outcome>;
  /**
   * Settles several messages in one transaction, in their order. Undefined when nothing was settled, and each is to be
   * settled alone. Absent where messages have no transaction to share.
   */
  settleBatch?(messages: readonly StoredMessage[], signal: AbortSignal): Promise<readonly Outcome[] | undefined>;
  /** Moves a message to the database without a run. */
  spill(message: StoredMessage, wait: { readonly attempts: number; readonly delayMs: number }): Promise<Outcome>;
}

/** How a message is to be settled. */
export interface SettleAttempt extends ItemAttempt {
  /** An earlier session may have died of this message: its runs are counted before they begin. */
  readonly isSuspect: boolean;
}

/** Where a message belongs. */
export interface MessagePlace {
  readonly partition: number;
  /** Messages of one lane are settled in order; undefined for one that stands alone. */
  readonly lane: string | undefined;
  /** False for what nobody here handles: it is passed over without a trace. */
  readonly isHandled: boolean;
}

/** Where a session starts. */
export interface SessionStart {
  /** What stands where reading starts behind; sequence 0 is the start of the stream. */
  readonly position: MessageIdentity;
  readonly streamCreatedAtMs: number;
  /** Messages up to here may have been under way when an earlier session died; 0 when it ended in order. */
  readonly suspectUntil: bigint;
}

/** What a session works with. */
export interface PartitionSessionOptions {
  readonly ref: PartitionRef;
  readonly start: SessionStart;
  readonly settler: Settler;
  readonly slots: Slots;
  readonly buffer: ReadBuffer;
  readonly writer: CursorWriter;
  /** Default: each message has a transaction of its own. */
  readonly batch?: BatchLimits | undefined;
  readonly clock: Clock;
  readonly onOutcome: (outcome: Outcome) => void;
  readonly onFault: (error: unknown) => void;
  readonly probe?: Probe | undefined;
}

/** Work on one partition, from a position on: gapless, in order per key. */
export interface PartitionSession extends CursorSource {
  /** The last message that was taken; reading goes on behind it. */
  readonly lastRead: bigint;
  /** Messages taken and not settled. */
  readonly unfinished: number;
  /** True when it must not take more until it has caught up. */
  readonly isFull: boolean;
  /** An earlier session may have died of messages that this one has not settled. */
  readonly hasSuspects: boolean;
  /** Takes a message, in the order of the stream; one that was taken before is passed over. */
  take(message: StoredMessage, place: MessagePlace): void;
  /** Says that there is nothing for this partition up to a message, or a place, that is none of its own. */
  pass(place: StoredMessage | MessageIdentity): void;
  /** Says that whatever is unread was stored after this time, in milliseconds since the epoch. */
  touch(timeMs: number): void;
  /** Starts nothing any more. Resolves when nothing runs. */
  stop(): Promise<void>;
  /** Stops and is void at once: what still ends moves no position. */
  abandon(): void;
  /** Aborts the attempts under way. */
  abort(reason: unknown): void;
}

/** Messages beyond the position, finished ones included, at which a partition reads no further. */
const maxAhead = 4_096;

/** Messages behind a position that an earlier session can have begun: what it read ahead and what it had not stored. */
export function suspectWindow(writer: CursorWriter): number {
  return maxAhead + writer.maxMoves;
}

/** Part of the buffer that one key may hold, see {@link PartitionSessionOptions.buffer}. */
const keyShare = 0.25;

interface Item {
  readonly message: StoredMessage;
  readonly entry: ReadEntry;
  /** An earlier session may have died of it. */
  readonly isSuspect: boolean;
  /** It has no end yet, so it runs while nothing else does. */
  isAlone: boolean;
}

/** Starts a session that waits for messages. */
export function createPartitionSession(options: PartitionSessionOptions): PartitionSession {
  const { ref, start, settler, slots, buffer, writer, clock, onOutcome, probe } = options;
  const prefix = createFinishedPrefix(start.position, probe);
  const unfinished = new Set<Item>();
  let lastRead = start.position.sequence;
  let idleSinceMs = 0;
  let untakenSuspects = start.suspectUntil > 0n ? suspectWindow(writer) : 0;
  let unsettledSuspects = 0;
  let isStopped = false;
  let isVoid = false;

  const shared = {
    slots,
    clock,
    onSettled(item: Item, outcome: Outcome) {
      leave(item);
      if (item.isSuspect) unsettledSuspects--;
      if (isVoid) return;
      onOutcome(outcome);
      finish(item.entry);
    },
    onFault(error: unknown) {
      if (!isVoid) options.onFault(error);
    },
  };
  const single = createKeyQueues<Item>({
    ...shared,
    attempt: (item, attempt) => (mustAsk(item) ? ask(item) : settle(item, attempt)),
    spill: ({ message }, wait) => settler.spill(message, wait),
    isAlone: (item) => item.isAlone,
    maxPerKey: buffer.maxMessages * keyShare,
  });
  const queues = options.batch && settler.settleBatch ? inBatches(options.batch) : single;

  const session: PartitionSession = {
    ref,
    get lastRead() {
      return lastRead;
    },
    get unfinished() {
      return unfinished.size;
    },
    get isFull() {
      return prefix.ahead >= maxAhead;
    },
    get hasSuspects() {
      return unsettledSuspects > 0 || (untakenSuspects > 0 && lastRead < start.suspectUntil);
    },
    cursor() {
      const { sequence, eventId, eventTimeMs } = prefix.position();
      const { streamCreatedAtMs } = start;
      return { sequence, eventId, streamCreatedAtMs, eventTimeMs: Math.max(eventTimeMs, idleSinceMs) };
    },
    pass(place) {
      if (isStopped || unfinished.size > 0 || place.sequence <= lastRead) return;
      lastRead = place.sequence;
      finish(prefix.read(place));
    },
    touch(timeMs) {
      if (isStopped || unfinished.size > 0 || timeMs <= idleSinceMs) return;
      idleSinceMs = timeMs;
      writer.mark(session);
    },
    take(message, { lane, isHandled }) {
      if (message.sequence <= lastRead || isStopped) return;
      lastRead = message.sequence;
      idleSinceMs = 0;
      const entry = prefix.read(message);
      if (!isHandled) return finish(entry);
      const isSuspect = message.sequence <= start.suspectUntil && untakenSuspects-- > 0;
      if (isSuspect) unsettledSuspects++;
      const item = { message, entry, isSuspect, isAlone: false };
      unfinished.add(item);
      buffer.add(message.body.length);
      if (probe?.without("position-before-commit")) finish(entry);
      queues.push(lane, item);
    },
    async stop() {
      isStopped = true;
      await queues.stop();
      for (const item of unfinished) leave(item);
    },
    abandon() {
      isStopped = true;
      isVoid = true;
      writer.forget(session);
      void queues.stop();
      for (const item of unfinished) leave(item);
    },
    abort: queues.abort,
  };
  return session;

  function inBatches(limits: BatchLimits) {
    return createBatchQueues<Item>({
      ...shared,
      single,
      limits,
      fits: ({ isSuspect }) => !isSuspect,
      attempt: (items, signal) =>
        settler.settleBatch!(
          items.map(({ message }) => message),
          signal,
        ),
    });
  }

  function mustAsk({ isSuspect, isAlone }: Item): boolean {
    return isSuspect && !isAlone && settler.isSettled !== undefined;
  }

  /** Most suspects were settled before the session died; asking costs less than running each alone. */
  async function ask(item: Item): Promise<Outcome> {
    if (await settler.isSettled!(item.message)) return { kind: "duplicate" };
    item.isAlone = true;
    return { kind: "retry", delayMs: 0, counted: false };
  }

  function settle({ message, isAlone }: Item, attempt: ItemAttempt): Promise<Outcome> {
    return settler.settle(message, { ...attempt, isSuspect: isAlone });
  }

  function leave(item: Item): void {
    if (unfinished.delete(item)) buffer.remove(item.message.body.length);
  }

  function finish(entry: ReadEntry): void {
    if (prefix.finish(entry)) writer.mark(session);
  }
}
