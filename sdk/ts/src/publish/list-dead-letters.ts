import { type DeadLetter, readDeadLetter } from "../core/dead-letter.ts";
import { isConcordError } from "../core/error.ts";
import type { StoredMessage } from "../core/message.ts";
import { streamName, streamSubjects } from "../core/subject.ts";
import type { Transport } from "../core/transport.ts";
import { readStored } from "./read-stored.ts";

/** Whose dead letters, and which of them. */
export interface DeadLetterQuery {
  readonly transport: Pick<Transport, "read" | "next" | "streamState" | "get">;
  /** The service that gave up. */
  readonly service: string;
  /** Prefix that keeps systems on one broker apart. Default none. */
  readonly namespace?: string | undefined;
  /** Only the dead letter at this position. */
  readonly sequence?: bigint | undefined;
  /** Only those that this is true for. Default all. */
  readonly where?: ((letter: DeadLetter) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A dead letter with the message that carries it. */
export interface StoredDeadLetter {
  readonly letter: DeadLetter;
  /** Original bytes and headers, with the verdict. */
  readonly message: StoredMessage;
}

/**
 * Lists a service's dead letters, the oldest first, as they stand at the call: what fails later is not among them.
 * Messages in the stream that are no dead letters are left out.
 * @throws {ConcordError} `unavailable`, `permission_denied`
 */
export async function* listDeadLetters(query: DeadLetterQuery): AsyncGenerator<StoredDeadLetter> {
  for await (const message of messagesOf(query)) {
    const letter = tryRead(message);
    if (letter && (query.where?.(letter) ?? true)) yield { letter, message };
  }
}

async function* messagesOf(query: DeadLetterQuery): AsyncGenerator<StoredMessage> {
  const { transport, service, namespace, sequence, signal } = query;
  const stream = streamName("dlq", service, namespace);
  const state = await transport.streamState(stream, { signal });
  if (!state || state.messages === 0n) return;
  if (sequence === undefined) {
    const filter = streamSubjects("dlq", service, namespace);
    return yield* readStored({ transport, stream, filter, after: 0n, upTo: state.lastSequence, signal });
  }
  const message = await transport.get(stream, sequence, { signal });
  if (message) yield message;
}

function tryRead(message: StoredMessage): DeadLetter | undefined {
  try {
    return readDeadLetter(message);
  } catch (error) {
    if (isConcordError(error, "invalid_argument")) return undefined;
    throw error;
  }
}
