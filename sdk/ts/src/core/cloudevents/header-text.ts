import { ConcordError } from "../error.ts";

/** Printable ASCII but space, double quote and percent stays as it is. */
const escaped = /[^!#$&-~]+/gu;
const escapedByte = /%[0-9A-Fa-f]{2}/g;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes text as the value of a header: UTF-8 bytes outside printable ASCII, spaces, double quotes and percent signs
 * become upper-case `%XX` (CloudEvents, NATS binding 3.1.3.2). A bare `encodeURI` would encode what must stay.
 */
export function toHeaderText(text: string): string {
  return text.replace(escaped, (run) =>
    Buffer.from(run).reduce((written, byte) => `${written}%${byte.toString(16).toUpperCase().padStart(2, "0")}`, ""),
  );
}

/**
 * Reads the value of a header: quotes are taken off, then one round of percent-decoding. What need not have been encoded is
 * accepted.
 * @throws {ConcordError} `undecodable` for a percent sign without two hex digits, and for bytes that are no UTF-8.
 */
export function fromHeaderText(value: string): string {
  const text = unquote(value);
  if (!text.includes("%")) return text;
  if (text.replace(escapedByte, "").includes("%")) throw undecodable("holds a percent sign without two hex digits");
  try {
    return strictUtf8.decode(Buffer.concat(text.split(/(%[0-9A-Fa-f]{2})/).map(toBytes)));
  } catch (cause) {
    throw undecodable("is no valid UTF-8 when its percent signs are decoded", cause);
  }
}

function toBytes(part: string): Buffer {
  return part.startsWith("%") ? Buffer.from(part.slice(1), "hex") : Buffer.from(part);
}

/** Quoted strings of RFC 9110, section 5.6.4, which earlier versions of CloudEvents wrote. */
function unquote(value: string): string {
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(value)) return value;
  return value.slice(1, -1).replace(/\\(.)/gs, "$1");
}

function undecodable(why: string, cause?: unknown): ConcordError {
  return new ConcordError("undecodable", `a ce- header ${why}`, { cause });
}
