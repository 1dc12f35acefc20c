import type { Envelope } from "../core/envelope/envelope.ts";
import type { StoredMessage } from "../core/message.ts";
import { uuid7TimeMs } from "../core/uuid7.ts";
import { decodeWire } from "../core/wire/decode-wire.ts";

/** What a position remembers of the message that stands there. */
export interface MessageIdentity {
  readonly sequence: bigint;
  /** `source/id` of the event, or a digest of bytes that are none. */
  readonly eventId: string;
  /** The time by which the inbox files the event: that of its UUIDv7, else when the stream stored it; ms since the epoch. */
  readonly eventTimeMs: number;
}

/** Tells one message from another that a broker, after losing the first, stores at the same sequence (trap T26). */
export function messageIdentity(message: StoredMessage): MessageIdentity {
  const { sequence, body, storedAtMs } = message;
  const envelope = tryDecode(message);
  if (!envelope) return { sequence, eventId: digest(body), eventTimeMs: storedAtMs };
  const { source, id } = envelope;
  return { sequence, eventId: `${source}/${id}`, eventTimeMs: uuid7TimeMs(id) ?? storedAtMs };
}

function tryDecode(message: StoredMessage): Envelope | undefined {
  try {
    return decodeWire(message);
  } catch {
    return undefined;
  }
}

/** FNV-1a 32 (http://www.isthe.com/chongo/tech/comp/fnv/): it tells bytes apart, nobody is to be kept from forging it. */
function digest(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `bytes:${bytes.length}:${(hash >>> 0).toString(16)}`;
}
