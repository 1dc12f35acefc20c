import { ConcordError } from "../error.ts";
import type { EnvelopeTime } from "./envelope.ts";

/** Seconds of 0001-01-01T00:00:00Z, the first time that protobuf's Timestamp allows. */
export const minSeconds = -62_135_596_800n;

/** Seconds of 9999-12-31T23:59:59Z, the last time that protobuf's Timestamp allows. */
export const maxSeconds = 253_402_300_799n;

/** Most nanoseconds of a second. */
export const maxNanos = 999_999_999;

const nanosPerMilli = 1_000_000;

/**
 * Gives the time of a clock's milliseconds since the epoch; a fraction is kept to the nanosecond.
 * @throws {ConcordError} `invalid_envelope` outside the years 0001 to 9999.
 */
export function timeFromMillis(millis: number): EnvelopeTime {
  const wholeMillis = Math.floor(millis);
  const wholeSeconds = Math.floor(wholeMillis / 1000);
  if (!(wholeSeconds >= Number(minSeconds) && wholeSeconds <= Number(maxSeconds))) throw outOfRange();
  const fraction = Math.floor((millis - wholeMillis) * nanosPerMilli);
  return { seconds: BigInt(wholeSeconds), nanos: (wholeMillis - wholeSeconds * 1000) * nanosPerMilli + fraction };
}

/** Gives a time as milliseconds since the epoch, rounded down: the inbox's day is that of the event's own time. */
export function timeToMillis({ seconds, nanos }: EnvelopeTime): number {
  return Number(seconds) * 1000 + Math.floor(nanos / nanosPerMilli);
}

/**
 * Writes a time by RFC 3339 in UTC with as many digits as it needs: none, 3, 6 or 9
 * (https://protobuf.dev/programming-guides/json/).
 */
export function timeToIso(time: EnvelopeTime): string {
  const seconds = new Date(Number(time.seconds) * 1000).toISOString().slice(0, 19);
  if (time.nanos === 0) return `${seconds}Z`;
  const digits = String(time.nanos)
    .padStart(9, "0")
    .replace(/(?:000){1,2}$/, "");
  return `${seconds}.${digits}Z`;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * Reads a time by RFC 3339, in UTC or with an offset, to the nanosecond.
 * @throws {ConcordError} `undecodable` for anything else, and for more than nine digits of a second (conformance F7);
 * `invalid_envelope` when the offset moves it out of the years 0001 to 9999.
 */
export function timeFromIso(text: string): EnvelopeTime {
  const [, year, month, day, hour, minute, second, fraction = "", sign, offsetHour, offsetMinute] =
    rfc3339.exec(text) ?? [];
  const millis = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const isReal = !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(`${year}-${month}-${day}T${hour}`);
  const isOffset = Number(offsetHour ?? 0) < 24 && Number(offsetMinute ?? 0) < 60;
  if (!isReal || !isOffset || fraction.length > 9) {
    throw new ConcordError("undecodable", "a time is not written by RFC 3339 with at most nine digits of a second", {
      details: { field: "time" },
    });
  }
  const offset = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * (sign === "-" ? -60 : 60);
  const seconds = BigInt(millis / 1000 - offset);
  if (seconds < minSeconds || seconds > maxSeconds) throw outOfRange();
  return { seconds, nanos: Number(fraction.padEnd(9, "0")) };
}

function outOfRange(): ConcordError {
  return new ConcordError("invalid_envelope", "a time must lie in the years 0001 to 9999", {
    details: { field: "time" },
  });
}
