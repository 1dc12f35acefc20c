/** Header names and values of a message. One value per name, names in the exact case given here. */
export type Headers = Readonly<Record<string, string>>;

/** The header names that Concord writes besides those of a broker adapter (conformance F9, F12). */
export const headerNames = {
  contentType: "content-type",
  traceparent: "traceparent",
  tracestate: "tracestate",
  reason: "concord-reason",
  error: "concord-error",
  attempts: "concord-attempts",
  consumer: "concord-consumer",
  stream: "concord-stream",
  sequence: "concord-sequence",
  redrive: "concord-redrive",
  again: "concord-again",
} as const;

/** Content type of an envelope on the wire (conformance F1). */
export const envelopeContentType = "application/vnd.concord.envelope.v1+protobuf";

/** A message on its way to the broker. */
export interface OutgoingMessage {
  /** The broker's name of the stream that must keep it, such as `evt-orders`. */
  readonly stream: string;
  readonly subject: string;
  /** What the broker drops repetitions by, see {@link messageId}. */
  readonly messageId: string;
  readonly headers: Headers;
  /** The bytes as encoded once by the producer. */
  readonly body: Uint8Array;
}

/** A message that a stream keeps. */
export interface StoredMessage {
  /** The broker's name of the stream. */
  readonly stream: string;
  /** Position in the stream, from 1, rising, with gaps. */
  readonly sequence: bigint;
  readonly subject: string;
  /** Names lower-cased and values trimmed; the last of several values counts (conformance F9). */
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** When the stream stored it, in milliseconds since the epoch. */
  readonly storedAtMs: number;
}

/** What the broker answers when it has stored a message. */
export interface PublishAck {
  readonly stream: string;
  readonly sequence: bigint;
  /** True when the broker dropped it as a repetition within its dedupe window. */
  readonly duplicate: boolean;
}

/**
 * The message id of an event: `source/id`, with `/` and `%` in the id escaped, so that no two pairs collide
 * (conformance F8). A redrive adds its number, so that the broker's dedupe window does not swallow it.
 */
export function messageId(source: string, id: string, redrive?: number): string {
  const base = `${source}/${id.replaceAll("%", "%25").replaceAll("/", "%2F")}`;
  return redrive ? `${base}/redrive/${redrive}` : base;
}

/** The message id of a dead letter: `dl/<service>/<stream>/<sequence>/<redrives so far>` (conformance F8). */
export function deadLetterMessageId(service: string, stream: string, sequence: bigint, redrives: number): string {
  return `dl/${service}/${stream}/${sequence}/${redrives}`;
}
