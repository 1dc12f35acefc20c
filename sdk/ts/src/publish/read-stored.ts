import type { StoredMessage } from "../core/message.ts";
import type { Transport } from "../core/transport.ts";

/** Which part of a stream to read. */
export interface StoredRange {
  readonly transport: Pick<Transport, "read">;
  /** The broker's name of the stream. */
  readonly stream: string;
  /** Subject filter. */
  readonly filter: string;
  /** Reading starts behind this sequence. */
  readonly after: bigint;
  /** Reading ends with this sequence, or where the stream ends. */
  readonly upTo: bigint;
  readonly signal?: AbortSignal | undefined;
}

/** A reader that gets nothing for so long has come to the end: what was left of the range is gone or does not match. */
const silenceMs = 2_000;

/** Reads what a stream has stored and ends there, in rising sequence. */
export async function* readStored(range: StoredRange): AsyncGenerator<StoredMessage> {
  const { transport, stream, filter, after, upTo, signal } = range;
  if (after >= upTo) return;
  const end = new AbortController();
  const reading = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  let silence = setTimeout(() => end.abort(), silenceMs);
  try {
    for await (const batch of transport.read({ stream, filter, after, signal: reading })) {
      clearTimeout(silence);
      for (const message of batch) {
        if (message.sequence > upTo) return;
        yield message;
      }
      if (batch.at(-1)!.sequence >= upTo) return;
      silence = setTimeout(() => end.abort(), silenceMs);
    }
  } finally {
    clearTimeout(silence);
    end.abort();
  }
  signal?.throwIfAborted();
}
