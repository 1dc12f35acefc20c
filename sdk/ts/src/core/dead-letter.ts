import { ConcordError, type ErrorCode, errorCodes } from "./error.ts";
import {
  deadLetterMessageId,
  type Headers,
  headerNames,
  messageId,
  type OutgoingMessage,
  type StoredMessage,
} from "./message.ts";
import { parseSubject, serviceSubject, streamName } from "./subject.ts";

/** Why an event was given up on, as written to `concord-reason` (conformance F12). */
export const deadLetterReasons = ["terminal", "exhausted", "invalid", "undecodable", "too_old"] as const;

/** One of the documented reasons to give up on an event. */
export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** What is said about an event that its consumer gives up on. */
export interface DeadLetterCause {
  /** The service that gives up. */
  readonly service: string;
  readonly namespace?: string | undefined;
  /** The message as it was read: the original, or the redrive of an earlier dead letter. */
  readonly message: StoredMessage;
  readonly reason: DeadLetterReason;
  /** Code of the last error; never its message. */
  readonly error: ErrorCode;
  /** Runs that threw or timed out (conformance F11). */
  readonly attempts: number;
  /** How often the event was redriven before. */
  readonly redrives: number;
}

/** A dead letter as people see it: what the headers and the subject say, without opening the body. */
export interface DeadLetter {
  /** Where the dead letter is kept. */
  readonly stream: string;
  /** Its position there. */
  readonly sequence: bigint;
  readonly storedAtMs: number;
  readonly reason: DeadLetterReason;
  readonly error: ErrorCode;
  readonly attempts: number;
  /** The service that gave up. */
  readonly consumer: string;
  readonly namespace: string | undefined;
  readonly originalStream: string;
  readonly originalSequence: bigint;
  readonly originalSubject: string;
  readonly redrives: number;
  /** Type and key by the original subject. */
  readonly type: string | undefined;
  readonly keyToken: string | undefined;
}

const brokerHeader = /^nats-/i;
const verdictHeaders: ReadonlySet<string> = new Set([
  headerNames.reason,
  headerNames.error,
  headerNames.attempts,
  headerNames.again,
]);

/**
 * Writes the message that keeps a given-up event for people: the original bytes and headers under
 * `[ns.]dlq.<service>.<subject>`, with the verdict in headers and an id that repeats with the verdict (conformance F8, F12).
 */
export function deadLetterMessage(cause: DeadLetterCause): OutgoingMessage {
  const { service, namespace, message, redrives } = cause;
  const origin = originOf(message);
  return {
    stream: streamName("dlq", service, namespace),
    subject: serviceSubject("dlq", service, namespace, origin.subject),
    messageId: deadLetterMessageId(service, origin.stream, origin.sequence, redrives),
    headers: {
      ...forwarded(message.headers),
      [headerNames.reason]: cause.reason,
      [headerNames.error]: cause.error,
      [headerNames.attempts]: String(cause.attempts),
      [headerNames.consumer]: service,
      [headerNames.stream]: origin.stream,
      [headerNames.sequence]: String(origin.sequence),
      ...(redrives > 0 && { [headerNames.redrive]: String(redrives) }),
    },
    body: message.body,
  };
}

/**
 * Writes the request to run a dead letter again, for the service that gave up and no other: the same bytes under
 * `rdr.` for `dlq.`, with the next redrive number and a new message id, because the broker would drop the old one within
 * its dedupe window (trap T6).
 * @param identity source and id of the event, where its bytes could be read
 * @throws {ConcordError} `invalid_argument` when the message is no dead letter.
 */
export function redriveMessage(
  message: StoredMessage,
  identity?: { readonly source: string; readonly id: string },
): OutgoingMessage {
  const { consumer, namespace, originalSubject, originalStream, originalSequence, redrives } = readDeadLetter(message);
  const next = redrives + 1;
  const id = identity
    ? messageId(identity.source, identity.id, next)
    : `${deadLetterMessageId(consumer, originalStream, originalSequence, redrives)}/redrive/${next}`;
  const kept = Object.entries(forwarded(message.headers)).filter(([name]) => !verdictHeaders.has(name));
  return {
    stream: streamName("rdr", consumer, namespace),
    subject: serviceSubject("rdr", consumer, namespace, originalSubject),
    messageId: id,
    headers: { ...Object.fromEntries(kept), [headerNames.redrive]: String(next) },
    body: message.body,
  };
}

/** For whom, and how, a stored event is handed over once more. */
export interface ReplayTarget {
  readonly service: string;
  readonly namespace?: string | undefined;
  /** Number of the replay that also handled events go through; unset: only what was not handled. */
  readonly again?: number | undefined;
}

/**
 * Writes the request to a service to handle a stored event, as it does a redrive's: the same bytes under `rdr.`. Without
 * `again` it carries no redrive number, so that what the service has handled, parked or given up on stays as it is.
 */
export function replayMessage(message: StoredMessage, { service, namespace, again }: ReplayTarget): OutgoingMessage {
  const { stream, sequence, subject, headers, body } = message;
  const id = `replay/${service}/${stream}/${sequence}`;
  return {
    stream: streamName("rdr", service, namespace),
    subject: serviceSubject("rdr", service, namespace, subject),
    messageId: again === undefined ? id : `${id}/${again}`,
    headers: {
      ...forwarded(headers),
      [headerNames.consumer]: service,
      [headerNames.stream]: stream,
      [headerNames.sequence]: String(sequence),
      ...(again !== undefined && { [headerNames.redrive]: String(again), [headerNames.again]: "true" }),
    },
    body,
  };
}

/** Tells whether a request asks to handle an event that may have been handled already. */
export function isAgain(headers: Headers): boolean {
  return headers[headerNames.again] === "true";
}

/**
 * Reads the verdict of a stored dead letter.
 * @throws {ConcordError} `invalid_argument` when the message is none that {@link deadLetterMessage} writes.
 */
export function readDeadLetter(message: StoredMessage): DeadLetter {
  const { headers } = message;
  const place = readServiceSubject(message.subject);
  const reason = deadLetterReasons.find((known) => known === headers[headerNames.reason]);
  const originalSequence = toSequence(headers[headerNames.sequence]);
  const originalStream = headers[headerNames.stream];
  if (place?.tree !== "dlq" || !reason || originalSequence === undefined || !originalStream)
    throw noDeadLetter(message);
  const parts = parseSubject(place.subject);
  return {
    stream: message.stream,
    sequence: message.sequence,
    storedAtMs: message.storedAtMs,
    reason,
    error: toErrorCode(headers[headerNames.error]),
    attempts: toCount(headers[headerNames.attempts]),
    consumer: place.service,
    namespace: place.namespace,
    originalStream,
    originalSequence,
    originalSubject: place.subject,
    redrives: readRedrives(headers),
    type: parts?.type,
    keyToken: parts?.keyToken,
  };
}

/** Tells how often the event of a message was redriven: 0 for an original. */
export function readRedrives(headers: Headers): number {
  return toCount(headers[headerNames.redrive]);
}

/** Takes the `dlq.<service>.` or `rdr.<service>.` off a subject; undefined when there is none. */
export function readServiceSubject(subject: string):
  | {
      readonly namespace: string | undefined;
      readonly tree: "dlq" | "rdr";
      readonly service: string;
      readonly subject: string;
    }
  | undefined {
  const match = /^(?:(?!(?:evt|cmd|dlq|rdr)\.)([a-z][a-z0-9]{0,31})\.)?(dlq|rdr)\.([a-z][a-z0-9-]{0,31})\.(.+)$/.exec(
    subject,
  );
  if (!match) return undefined;
  const [, namespace, tree, service, rest] = match;
  const prefix = namespace ? `${namespace}.` : "";
  return { namespace, tree: tree as "dlq" | "rdr", service: service!, subject: prefix + rest };
}

/** A redrive that fails again is told by where its event first stood, so that its dead letter keeps one identity. */
function originOf(message: StoredMessage): { stream: string; sequence: bigint; subject: string } {
  const place = readServiceSubject(message.subject);
  const sequence = toSequence(message.headers[headerNames.sequence]);
  const stream = message.headers[headerNames.stream];
  if (place?.tree === "rdr" && sequence !== undefined && stream) return { stream, sequence, subject: place.subject };
  return { stream: message.stream, sequence: message.sequence, subject: place?.subject ?? message.subject };
}

/** Headers that go with the bytes: all but the broker's own, such as the message id. */
function forwarded(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !brokerHeader.test(name)));
}

function toSequence(text: string | undefined): bigint | undefined {
  return text && /^[0-9]{1,20}$/.test(text) ? BigInt(text) : undefined;
}

function toCount(text: string | undefined): number {
  return text && /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
}

function toErrorCode(text: string | undefined): ErrorCode {
  return text && Object.hasOwn(errorCodes, text) ? (text as ErrorCode) : "internal";
}

function noDeadLetter({ stream, sequence }: StoredMessage): ConcordError {
  return new ConcordError("invalid_argument", `message ${sequence} of ${stream} is no dead letter`, {
    details: { stream, sequence: String(sequence) },
  });
}
