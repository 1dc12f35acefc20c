import type { OutgoingMessage } from "./message.ts";
import { partitionOf } from "./partition.ts";
import type { PreparedEvent } from "./prepare-event.ts";
import { type OutboxEntry, outboxPartitions } from "./store/outbox-store.ts";
import { parseSubject } from "./subject.ts";

/** As many lines as the hash can tell apart: two keys that share one only share its order. */
const hashes = 2 ** 32;

/** Gives a prepared event as an entry of the outbox. With a key the store adds the sequence to its body. */
export function eventEntry(prepared: PreparedEvent): OutboxEntry {
  const { contract, envelope, keyToken, stream, subject, headers, head, tail } = prepared;
  return {
    partition: partitionOf(keyToken ?? envelope.id, outboxPartitions),
    key: envelope.key,
    stream,
    subject,
    messageId: prepared.messageId,
    headers,
    type: contract.type,
    eventId: envelope.id,
    head,
    tail,
  };
}

/**
 * Gives a dead letter as an entry of the outbox. Dead letters of one key are sent in order, in a line of their own: one
 * that cannot be sent holds back no event of that key.
 * @param eventId where it could be read
 */
export function deadLetterEntry(message: OutgoingMessage, eventId?: string): OutboxEntry {
  const { stream, subject, headers, messageId, body } = message;
  const parts = parseSubject(subject);
  const key = parts?.keyToken && `dlq-${partitionOf(parts.keyToken, hashes)}`;
  return {
    partition: partitionOf(key ?? messageId, outboxPartitions),
    key,
    stream,
    subject,
    messageId,
    headers,
    type: parts?.type ?? "",
    eventId: eventId ?? "",
    head: body,
  };
}
