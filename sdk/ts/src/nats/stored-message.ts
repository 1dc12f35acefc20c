import type { StoredMsg } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/nats-core";
import type { StoredMessage } from "../core/message.ts";
import { decodeHeaders } from "./headers.ts";

/** What the reply subject of a delivered message tells about it. */
export interface DeliveryFacts {
  readonly deliveries: number;
  readonly streamSequence: bigint;
  readonly consumerSequence: number;
  readonly storedAtMs: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<ns>.<pending>`; newer servers put
 * a domain and an account hash behind `$JS.ACK` (https://github.com/nats-io/nats-architecture-and-design ADR-15).
 */
export function readFacts(reply: string): DeliveryFacts {
  const tokens = reply.split(".");
  const at = tokens.length > 9 ? 6 : 4;
  return {
    deliveries: Number(tokens[at]),
    streamSequence: BigInt(tokens[at + 1]!),
    consumerSequence: Number(tokens[at + 2]),
    storedAtMs: Number(tokens[at + 3]!.slice(0, -6)),
  };
}

/** A message as a consumer delivered it. */
export function toStoredMessage(stream: string, message: Msg, facts: DeliveryFacts): StoredMessage {
  return {
    stream,
    sequence: facts.streamSequence,
    subject: message.subject,
    headers: decodeHeaders(() => message.headers),
    body: message.data,
    storedAtMs: facts.storedAtMs,
  };
}

/** A message as it was read by its sequence. */
export function fromStoredMsg(stream: string, message: StoredMsg): StoredMessage {
  return {
    stream,
    sequence: BigInt(message.seq),
    subject: message.subject,
    headers: decodeHeaders(() => message.header),
    body: message.data,
    storedAtMs: message.time.getTime(),
  };
}
