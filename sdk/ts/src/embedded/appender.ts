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
  /** Appends all messages or none. */
  appendAll(stream: LogStream, messages: readonly PreparedMessage[], signal?: AbortSignal): Promise<PublishAck[]>;
  /** Appends now what waits for the end of the turn. */
  flush(): void;
}

interface Waiting {
  readonly stream: LogStream;
  readonly messages: readonly PreparedMessage[];
  readonly signal: AbortSignal | undefined;
  /** Writes into the draft and gives what to answer after the commit. */
  write(draft: Draft): () => void;
  reject(reason: unknown): void;
}

/** Most messages in one transaction, and most bytes: a longer one would hold up everything else in the process. */
const maxBatch = { messages: 1_000, bytes: 4 * 1024 * 1024 };

/** What an appender works with. */
export interface AppenderParts {
  readonly file: LogFile;
  readonly streams: Streams;
  readonly retention: Retention;
  readonly clock: Clock;
}

/** Makes the appender of a log. */
export function createAppender(parts: AppenderParts): Appender {
  let waiting: Waiting[] = [];
  let scheduled = false;

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flushBatch);
  };
  const flushBatch = () => {
    scheduled = false;
    const batch = takeBatch();
    if (waiting.length > 0) schedule();
    if (batch.length > 0) appendBatch(parts, batch);
  };
  const takeBatch = () => {
    const end = endOfBatch(waiting);
    const batch = waiting.slice(0, end);
    waiting = waiting.slice(end);
    return batch;
  };
  const enqueue = <Result>(
    { stream, messages, signal }: Pick<Waiting, "stream" | "messages" | "signal">,
    write: (draft: Draft) => Result,
  ): Promise<Result> => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const answer = (draft: Draft) => {
      const result = write(draft);
      return () => resolve(result);
    };
    waiting.push({ stream, messages, signal, write: answer, reject });
    schedule();
    return promise;
  };

  return {
    append: (stream, message, signal) =>
      enqueue({ stream, messages: [message], signal }, (draft) => draft.append(message)),
    appendAll: (stream, messages, signal) =>
      enqueue({ stream, messages, signal }, (draft) => draft.appendAll(messages)),
    flush: () => {
      while (waiting.length > 0) flushBatch();
    },
  };
}

/** How many of those who wait fit into one transaction; one always does. */
function endOfBatch(waiting: readonly Waiting[]): number {
  let [messages, bytes] = [0, 0];
  for (const [index, entry] of waiting.entries()) {
    messages += entry.messages.length;
    for (const { size } of entry.messages) bytes += size;
    if (index > 0 && (messages > maxBatch.messages || bytes > maxBatch.bytes)) return index;
  }
  return waiting.length;
}

/** Appends in one transaction. What one message did wrong is answered to its caller alone; a fault of the file to all. */
function appendBatch({ file, streams, retention, clock }: AppenderParts, batch: readonly Waiting[]): void {
  const nowMs = clock.now();
  const drafts = new Map<LogStream, Draft>();
  const answers: (() => void)[] = [];
  try {
    for (const stream of new Set(batch.map((entry) => entry.stream))) retention.expire(stream);
    file.transaction("disk", () => {
      for (const entry of batch) answers.push(write(entry, draftOf(drafts, entry.stream, nowMs)));
      for (const [stream, draft] of drafts) streams.saveCounts(stream.id, draft.counts);
    });
  } catch (thrown) {
    for (const { reject } of batch) reject(thrown);
    return;
  }
  for (const draft of drafts.values()) draft.commit();
  for (const answer of answers) answer();
}

function write({ signal, write, reject }: Waiting, draft: Draft): () => void {
  if (signal?.aborted) return () => reject(new ConcordError("canceled", "the signal was aborted before the append"));
  try {
    return write(draft);
  } catch (thrown) {
    if (!(thrown instanceof ConcordError)) throw thrown;
    return () => reject(thrown);
  }
}

function draftOf(drafts: Map<LogStream, Draft>, stream: LogStream, nowMs: number): Draft {
  const draft = drafts.get(stream) ?? new Draft(stream, nowMs);
  drafts.set(stream, draft);
  return draft;
}
