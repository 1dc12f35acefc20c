import type { Clock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { PublishAck } from "../core/message.ts";
import { Draft } from "./draft.ts";
import type { LogFile } from "./log-file.ts";
import type { LogStream } from "./log-stream.ts";
import type { PreparedMessage } from "./message-table.ts";
import type { Retention } from "./retention.ts";
import type { Streams } from "./streams.ts";

/** Appends to the streams of a log. */
export interface Appender {
  /**
   * Appends one message. Calls of one turn of the event loop share a transaction and its fsync, in the order of the calls.
   * @throws {ConcordError} `resource_exhausted`, `canceled`, or what the file's error means
   */
  append(stream: LogStream, message: PreparedMessage, signal?: AbortSignal): Promise<PublishAck>;
  /**
   * Appends all messages or none.
   * @throws {ConcordError} as {@link append}, and `already_exists`
   */
  appendAll(
    stream: LogStream,
    messages: readonly PreparedMessage[],
    signal?: AbortSignal,
  ): Promise<readonly PublishAck[]>;
  /** Appends now what waits for the end of the turn. */
  flush(): void;
}

/** What an appender works with. */
export interface AppenderParts {
  readonly file: LogFile;
  readonly streams: Streams;
  readonly retention: Retention;
  readonly clock: Clock;
}

/** A call that waits for the end of the turn. */
interface Waiting {
  readonly stream: LogStream;
  readonly messages: number;
  readonly bytes: number;
  readonly signal: AbortSignal | undefined;
  /** Writes and gives what to answer after the commit. */
  write(draft: Draft): unknown;
  resolve(answer: never): void;
  reject(reason: unknown): void;
}

/** Most messages in one transaction, and most bytes: a longer one would hold up everything else in the process. */
const maxBatch = { messages: 1_000, bytes: 4 * 1024 * 1024 };

/** Makes the appender of a log. */
export function createAppender(parts: AppenderParts): Appender {
  let waiting: Waiting[] = [];
  let scheduled = false;

  const enqueue = (entry: Waiting) => {
    waiting.push(entry);
    schedule();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flushBatch);
  };
  const flushBatch = () => {
    scheduled = false;
    const end = endOfBatch(waiting);
    const batch = waiting.slice(0, end);
    waiting = waiting.slice(end);
    if (waiting.length > 0) schedule();
    if (batch.length > 0) appendBatch(parts, batch);
  };

  return {
    append: (stream, message, signal) =>
      new Promise((resolve, reject) => {
        const write = (draft: Draft) => draft.append(message);
        enqueue({ stream, messages: 1, bytes: message.size, signal, write, resolve, reject });
      }),
    appendAll: (stream, messages, signal) =>
      new Promise((resolve, reject) => {
        const write = (draft: Draft) => draft.appendAll(messages);
        const bytes = messages.reduce((sum, { size }) => sum + size, 0);
        enqueue({ stream, messages: messages.length, bytes, signal, write, resolve, reject });
      }),
    flush: () => {
      while (waiting.length > 0) flushBatch();
    },
  };
}

/** How many of those who wait fit into one transaction; one always does. */
function endOfBatch(waiting: readonly Waiting[]): number {
  let [messages, bytes] = [0, 0];
  const end = waiting.findIndex((entry, index) => {
    messages += entry.messages;
    bytes += entry.bytes;
    return index > 0 && (messages > maxBatch.messages || bytes > maxBatch.bytes);
  });
  return end === -1 ? waiting.length : end;
}

/** Appends in one transaction. What one call did wrong is answered to it alone; a fault of the file to all. */
function appendBatch({ file, streams, retention, clock }: AppenderParts, batch: readonly Waiting[]): void {
  const nowMs = clock.now();
  const drafts = new Map<LogStream, Draft>();
  let answers: readonly unknown[];
  try {
    for (const stream of new Set(batch.map((entry) => entry.stream))) {
      retention.expire(stream);
      drafts.set(stream, new Draft(stream, nowMs));
    }
    answers = file.transaction("disk", () => {
      const written = batch.map((entry) => write(entry, drafts.get(entry.stream)!));
      for (const [stream, draft] of drafts) streams.saveCounts(stream.id, draft.counts);
      return written;
    });
  } catch (thrown) {
    for (const draft of drafts.values()) draft.rollback();
    for (const { reject } of batch) reject(thrown);
    return;
  }
  for (const draft of drafts.values()) draft.commit();
  batch.forEach(({ resolve, reject }, index) => {
    const answer = answers[index];
    if (answer instanceof ConcordError) reject(answer);
    else resolve(answer as never);
  });
}

function write({ signal, write }: Waiting, draft: Draft): unknown {
  if (signal?.aborted) return new ConcordError("canceled", "the signal was aborted before the append");
  try {
    return write(draft);
  } catch (thrown) {
    if (thrown instanceof ConcordError) return thrown;
    throw thrown;
  }
}
