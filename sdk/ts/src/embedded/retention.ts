import type { Clock } from "../core/clock.ts";
import type { Durables } from "./durables.ts";
import type { LogFile } from "./log-file.ts";
import type { LogStream } from "./log-stream.ts";
import type { Streams } from "./streams.ts";

/** Deletes messages: by age, and single ones. */
export interface Retention {
  /**
   * Deletes what is older than a stream's retention, at most 1,000 messages; the rest in later turns of the event loop.
   * There is no timer: whoever uses a stream calls this, so an idle log costs nothing.
   */
  expire(stream: LogStream): void;
  /** Deletes one message; nothing happens when it is gone. */
  remove(stream: LogStream, sequence: number): void;
}

/** Most messages that one pass deletes, so that it does not hold up the process. */
const passSize = 1_000;

/** Makes the retention of a log. */
export function createRetention(file: LogFile, streams: Streams, durables: Durables, clock: Clock): Retention {
  /** Deletes rows and takes them off the counts, which only count after the commit. */
  const deleteRows = (stream: LogStream, run: () => { sequence: number; size: number }[]): number => {
    const [deleted, counts] = file.transaction("disk", () => {
      const rows = run();
      const freed = rows.reduce((sum, { size }) => sum + size, 0);
      const { lastSequence, messages, bytes } = stream.counts;
      const left = { lastSequence, messages: messages - rows.length, bytes: bytes - freed };
      streams.saveCounts(stream.id, left);
      for (const { sequence } of rows) durables.forget(stream, sequence);
      return [rows.length, left] as const;
    });
    stream.counts = counts;
    durables.ring(stream);
    return deleted;
  };
  const expire = (stream: LogStream) => {
    const cutoffMs = clock.now() - stream.spec.retentionMs;
    const oldest = stream.table.first();
    if (oldest === undefined || oldest.stored_at > cutoffMs) return;
    const deleted = deleteRows(stream, () => stream.table.deleteOldest(passSize, cutoffMs));
    if (deleted === passSize) setImmediate(() => file.db.isOpen && expire(stream));
  };
  return {
    expire,
    remove: (stream, sequence) => {
      deleteRows(stream, () => {
        const size = stream.table.delete(sequence);
        return size === undefined ? [] : [{ sequence, size }];
      });
    },
  };
}
