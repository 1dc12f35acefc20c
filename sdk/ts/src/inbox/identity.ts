import { readServiceSubject } from "../core/dead-letter.ts";
import { timeToMillis } from "../core/envelope/time.ts";
import type { IncomingEvent } from "../core/handler.ts";
import { headerNames, type StoredMessage } from "../core/message.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { InboxRef } from "../core/store/inbox-store.ts";
import { parseSubject } from "../core/subject.ts";

/** An event for one consumer is its source and id (conformance F15). */
export function eventRef(consumer: string, { envelope }: IncomingEvent): InboxRef {
  const { source, id, time } = envelope;
  return { consumer, source, eventId: id, timeMs: time && timeToMillis(time) };
}

/**
 * A message whose event cannot be told, or not be claimed any more, is the place where it first stood. No event has such a
 * source: a URI-reference holds no `#` within its fragment.
 */
export function placeRef(consumer: string, message: StoredMessage): InboxRef {
  const { stream, subject, sequence } = toOriginal(message);
  const partition = parseSubject(subject)?.partition ?? 0;
  return { consumer, source: `##${stream}`, eventId: `${partition}/${sequence}` };
}

/** The partition in which an event waits. */
export function partitionRef(consumer: string, message: StoredMessage): PartitionRef {
  return { consumer, stream: message.stream, partition: parseSubject(message.subject)?.partition ?? 0 };
}

/**
 * Gives the message as it first stood in its stream: a redrive brings its place along. Others are given as they are.
 */
export function toOriginal(message: StoredMessage): StoredMessage {
  const place = readServiceSubject(message.subject);
  const stream = message.headers[headerNames.stream];
  const sequence = message.headers[headerNames.sequence];
  if (place?.tree !== "rdr" || !stream || !sequence || !/^[0-9]{1,20}$/.test(sequence)) return message;
  return { ...message, stream, sequence: BigInt(sequence), subject: place.subject };
}
