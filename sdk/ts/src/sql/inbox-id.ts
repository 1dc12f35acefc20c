import { createHash } from "node:crypto";

/** An event id as the inbox keeps it. */
export interface InboxId {
  /** The id itself when it is a lower-case UUID, else a UUIDv8 made of 128 bits of its SHA-256. */
  readonly uuid: string;
  /** Time inside a UUIDv7, in milliseconds since the epoch; undefined for all others. */
  readonly timeMs: number | undefined;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-([89ab])[0-9a-f]{3}-[0-9a-f]{12}$/;

/** Longest text that is part of an index as it is, in bytes. PostgreSQL's limit is 2,704 for a whole row of one. */
const maxIndexedBytes = 512;

/**
 * Turns any event id into a UUID. Of a UUIDv7 (RFC 9562, section 5.7) the first 48 bits are its time; an id without a
 * time becomes a UUIDv8, so that it cannot be taken for one that has.
 */
export function toInboxId(eventId: string): InboxId {
  const version = uuidPattern.exec(eventId)?.[1];
  if (version === "7")
    return { uuid: eventId, timeMs: Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16) };
  return { uuid: version === undefined || version === "8" ? hashToUuid(eventId) : eventId, timeMs: undefined };
}

/** The UTC day of a time as YYYYMMDD. */
export function toDay(timeMs: number): number {
  const date = new Date(timeMs);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

/** The first millisecond of a UTC day written YYYYMMDD. */
export function fromDay(day: number): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
}

/** Gives a text as the inbox's indexes keep it: above 512 bytes its SHA-256. */
export function toIndexed(text: string): string {
  if (text.length * 3 <= maxIndexedBytes || Buffer.byteLength(text) <= maxIndexedBytes) return text;
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function hashToUuid(eventId: string): string {
  const bytes = createHash("sha256").update(eventId).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
