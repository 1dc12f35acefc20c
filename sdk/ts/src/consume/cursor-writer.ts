import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import type { Cursor, CursorStore, PartitionRef } from "../core/store/cursor-store.ts";

/** Who has a position to store. */
export interface CursorSource {
  readonly ref: PartitionRef;
  /** The position now. */
  cursor(): Cursor;
}

/** What {@link createCursorWriter} works with. */
export interface CursorWriterOptions {
  readonly store: Pick<CursorStore, "advance">;
  readonly clock: Clock;
  readonly log: Log;
  /** Longest time a position stays unstored, in milliseconds. Default 200: it only costs reading again after a crash. */
  readonly intervalMs?: number | undefined;
  /** Positions moved that often are stored at once. Default 1,000. */
  readonly maxMoves?: number | undefined;
  readonly probe?: Probe | undefined;
}

/** Stores positions lazily, many partitions in one statement. */
export interface CursorWriter {
  readonly maxMoves: number;
  /** Says that a position moved. */
  mark(source: CursorSource): void;
  /** Forgets a position that was not stored, because its session is void. */
  forget(source: CursorSource): void;
  /** Stores now what is unstored. */
  flush(): Promise<void>;
}

/** Makes a writer that does nothing until a position moves. */
export function createCursorWriter(options: CursorWriterOptions): CursorWriter {
  const { store, clock, log, intervalMs = 200, maxMoves = 1_000, probe } = options;
  let moved = new Set<CursorSource>();
  let moves = 0;
  let timer: AbortController | undefined;
  let last: Promise<void> = Promise.resolve();
  let failing = false;

  const write = async () => {
    timer?.abort();
    timer = undefined;
    const sources = moved;
    moved = new Set();
    moves = 0;
    const cursors = [...sources].map((source) => ({ ...source.ref, ...source.cursor() }));
    if (cursors.length === 0) return;
    try {
      await store.advance(cursors);
      if (failing) log.info({}, "positions are stored again");
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, "positions cannot be stored; events may be read again after a restart");
      failing = true;
      for (const source of sources) moved.add(source);
      throw error;
    }
    if (probe) await probe.reach("inbox.position");
  };
  const flush = () => {
    last = last.catch(() => {}).then(write);
    return last;
  };
  const flushLater = () => {
    const own = new AbortController();
    timer = own;
    clock.sleep(intervalMs, own.signal).then(
      () => flush().catch(() => moved.size > 0 && !timer && flushLater()),
      () => {},
    );
  };

  return {
    maxMoves,
    mark(source) {
      moved.add(source);
      moves++;
      if (moves >= maxMoves) flush().catch(() => {});
      else if (!timer) flushLater();
    },
    forget: (source) => moved.delete(source),
    flush,
  };
}
