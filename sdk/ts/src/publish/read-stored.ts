import type { StoredMessage } from "../core/message.ts";
import type { Transport } from "../core/transport.ts";

/** Which part of a stream to read. */
export interface StoredRange {
  readonly transport: Pick<Transport, "read" | "next">;
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

/** A reader that gets nothing for so long asks whether there is more, in milliseconds. */
const silenceMs = 1_000;

/**
 * Reads what a stream has stored and ends there, in rising sequence. A broker that is slow, or away for a while, is waited
 * for: silence alone is not taken for the end.
 */
export async function* readStored(range: StoredRange): AsyncGenerator<StoredMessage> {
  const { transport, stream, filter, upTo, signal } = range;
  let { after } = range;
  while (after < upTo) {
    for await (const message of readUntilSilent({ ...range, after })) {
      if (message.sequence > upTo) return;
      yield message;
      after = message.sequence;
      if (after >= upTo) return;
    }
    signal?.throwIfAborted();
    // What is left of the range may be gone, or not match.
    const next = await transport.next(stream, filter, after, { signal });
    if (!next || next.sequence > upTo) return;
  }
}

async function* readUntilSilent({
  transport,
  stream,
  filter,
  after,
  signal,
}: StoredRange): AsyncGenerator<StoredMessage> {
  const end = new AbortController();
  const reading = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  let silence = setTimeout(() => end.abort(), silenceMs);
  try {
    for await (const batch of transport.read({ stream, filter, after, signal: reading })) {
      clearTimeout(silence);
      yield* batch;
      silence = setTimeout(() => end.abort(), silenceMs);
    }
  } finally {
    clearTimeout(silence);
    end.abort();
  }
}
