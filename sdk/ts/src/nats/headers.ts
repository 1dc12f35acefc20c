import { type MsgHdrs, MsgHdrsImpl } from "@nats-io/nats-core";
import { ConcordError } from "../core/error.ts";
import type { Headers } from "../core/message.ts";

/** The header that nats-server drops repetitions by. Any other case is stored and ignored (T22). */
export const messageIdHeader = "Nats-Msg-Id";

/** `NATS/1.0`, its line end and the empty line behind the last header. */
const frameBytes = "NATS/1.0\r\n\r\n".length;
/** `: ` and the line end. */
const separatorBytes = 4;

/** Printable ASCII without the colon (https://docs.nats.io/reference/reference-protocols/nats-protocol#hpub). */
const namePattern = /^[!-9;-~]+$/;
const lineEnd = /[\r\n]/;

/** Headers ready to be sent, and their size on the wire. */
export interface EncodedHeaders {
  readonly headers: MsgHdrs;
  readonly bytes: number;
}

/**
 * Adds headers of the broker to those of a message. Broker headers that the message carries itself, in any case, are
 * left out: a forwarded message must not steer the server.
 * @throws {ConcordError} `invalid_argument` for an illegal name or a line end in a value.
 */
export function encodeHeaders(own: Headers, broker: Readonly<Record<string, string>>): EncodedHeaders {
  const lines: Record<string, string[]> = {};
  let bytes = frameBytes;
  for (const name in broker) {
    bytes += addLine(lines, name, broker[name]!);
  }
  for (const name in own) {
    if (/^nats-/i.test(name)) continue;
    if (!namePattern.test(name)) throw illegal(`"${name}" is no header name: use printable ASCII without a colon`);
    bytes += addLine(lines, name, own[name]!);
  }
  return { headers: MsgHdrsImpl.fromRecord(lines), bytes };
}

function addLine(lines: Record<string, string[]>, name: string, value: string): number {
  if (lineEnd.test(value)) throw illegal(`the value of header ${name} contains a line end`);
  lines[name] = [value];
  return name.length + Buffer.byteLength(value) + separatorBytes;
}

function illegal(message: string): ConcordError {
  return new ConcordError("invalid_argument", message);
}

/** Names in lower case, values trimmed, the last of several values counts (conformance F9, T25). */
export function decodeHeaders(read: () => MsgHdrs | undefined): Headers {
  const found: Record<string, string> = {};
  for (const [name, values] of readable(read) ?? []) {
    const value = values.at(-1);
    if (value !== undefined) found[name.toLowerCase()] = value.trim();
  }
  return found;
}

/** The client refuses to parse names with spaces and the like: then the message counts as one without headers. */
function readable(read: () => MsgHdrs | undefined): MsgHdrs | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
