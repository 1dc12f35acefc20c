import { ConcordError } from "../core/error.ts";
import type { PublishAck } from "../core/message.ts";
import type { LogStream, StreamCounts } from "./log-stream.ts";
import type { PreparedMessage } from "./message-table.ts";

/**
 * What one transaction appends to one stream. It becomes the stream's state when the commit has succeeded; only the
 * message ids are remembered at once, and forgotten by {@link rollback}.
 */
export class Draft {
  readonly #stream: LogStream;
  readonly #nowMs: number;
  #lastSequence: number;
  #messages: number;
  #bytes: number;
  readonly #ids: string[] = [];
  readonly #partitions = new Set<number>();

  constructor(stream: LogStream, nowMs: number) {
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#lastSequence = stream.counts.lastSequence;
    this.#messages = stream.counts.messages;
    this.#bytes = stream.counts.bytes;
  }

  /** The stream's counts with what was written. */
  get counts(): StreamCounts {
    return { lastSequence: this.#lastSequence, messages: this.#messages, bytes: this.#bytes };
  }

  /**
   * Writes a message, unless its id is a repetition.
   * @throws {ConcordError} `resource_exhausted`, and nothing was written.
   */
  append(message: PreparedMessage): PublishAck {
    const repeated = this.#find(message.messageId);
    if (repeated !== undefined) return this.#ack(repeated, true);
    this.#checkRoom(1, message.size);
    return this.#ack(this.#insert(message), false);
  }

  /**
   * Writes all messages.
   * @throws {ConcordError} `already_exists`, `resource_exhausted`, and nothing was written.
   */
  appendAll(messages: readonly PreparedMessage[]): PublishAck[] {
    const ids = new Set(messages.map((message) => message.messageId));
    const repeated = messages.find(({ messageId }) => this.#find(messageId) !== undefined);
    if (repeated || ids.size < messages.length) {
      const which = repeated ? repeated.messageId : "twice in the batch";
      throw new ConcordError(
        "already_exists",
        `${this.#stream.name} has a message id already: ${which}; none was stored`,
      );
    }
    this.#checkRoom(
      messages.length,
      messages.reduce((sum, { size }) => sum + size, 0),
    );
    return messages.map((message) => this.#ack(this.#insert(message), false));
  }

  /** Makes the draft the stream's state and wakes its readers. To be called when the commit has succeeded. */
  commit(): void {
    this.#stream.counts = this.counts;
    this.#stream.dedupe.prune(this.#nowMs, this.#stream.spec.dedupeWindowMs);
    if (this.#partitions.size > 0) this.#stream.announce(this.#partitions);
  }

  /** Undoes what was remembered. To be called when the transaction has failed. */
  rollback(): void {
    for (const id of this.#ids) this.#stream.dedupe.delete(id);
  }

  #find(id: string): number | undefined {
    return this.#stream.dedupe.find(id, this.#nowMs, this.#stream.spec.dedupeWindowMs);
  }

  /** `discard: new`: a full stream takes nothing more, so that nothing unread is ever deleted for room. */
  #checkRoom(messages: number, bytes: number): void {
    const { name, maxMessages = Infinity, maxBytes = Infinity } = this.#stream.spec;
    const fits = this.#messages + messages <= maxMessages && this.#bytes + bytes <= maxBytes;
    if (fits) return;
    throw new ConcordError(
      "resource_exhausted",
      `the stream ${name} is full (${this.#messages} messages, ${this.#bytes} bytes); raise its limits or wait for its retention`,
      { details: { stream: name, messages: this.#messages, bytes: this.#bytes } },
    );
  }

  #insert(message: PreparedMessage): number {
    const sequence = this.#lastSequence + 1;
    this.#stream.table.insert(sequence, this.#nowMs, message);
    this.#lastSequence = sequence;
    this.#messages += 1;
    this.#bytes += message.size;
    this.#stream.dedupe.add(message.messageId, sequence, this.#nowMs);
    this.#ids.push(message.messageId);
    this.#partitions.add(message.partition);
    return sequence;
  }

  #ack(sequence: number, duplicate: boolean): PublishAck {
    return { stream: this.#stream.name, sequence: BigInt(sequence), duplicate };
  }
}
