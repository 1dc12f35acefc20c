import type { Random } from "./clock.ts";

/** A W3C trace context (https://www.w3.org/TR/trace-context/#traceparent-header). */
export interface Traceparent {
  /** 32 lower-case hex digits, not all 0. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all 0. */
  readonly spanId: string;
  /** 0 to 255; bit 0 says sampled. */
  readonly flags: number;
}

/** Sampled, and the trace id's being random (https://www.w3.org/TR/trace-context-2/#trace-flags). */
const knownFlags = 0b11;

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a traceparent. Undefined for anything malformed, all-zero ids or version ff, which count as absent; a future
 * version may carry more behind the fields known here.
 */
export function parseTraceparent(text: string | undefined): Traceparent | undefined {
  const [, version, traceId, spanId, flags, rest] = pattern.exec(text?.trim() ?? "") ?? [];
  if (!version || !traceId || !spanId || !flags || version === "ff") return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId) || (version === "00" && rest !== undefined)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Writes a traceparent of version 00. */
export function formatTraceparent({ traceId, spanId, flags }: Traceparent): string {
  return `00-${traceId}-${spanId}-${hex(flags, 2)}`;
}

/** Begins a trace: sampled, with ids from the given randomness. */
export function newTraceparent(random: Random): Traceparent {
  return { traceId: randomHex(random, 32), spanId: randomHex(random, 16), flags: 1 };
}

/** Gives the next hop of a trace: the same trace with a span of its own. Flags that nobody here knows are not passed on. */
export function childOf({ traceId, flags }: Traceparent, random: Random): Traceparent {
  return { traceId, spanId: randomHex(random, 16), flags: flags & knownFlags };
}

function randomHex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) text += hex(Math.floor(random() * 0x10000), 4);
  return /^0+$/.test(text) ? `${text.slice(1)}1` : text;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
