import { ConcordError } from "../error.ts";

/** An object of JSON, not yet looked at. */
export type JsonFields = Readonly<Record<string, unknown>>;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** The standard and the URL-safe alphabet, with or without padding (RFC 4648, sections 4 and 5). */
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Reads bytes as one JSON object, strictly in UTF-8.
 * @throws {ConcordError} `undecodable`
 */
export function parseJsonObject(body: Uint8Array): JsonFields {
  let value: unknown;
  try {
    value = JSON.parse(strictUtf8.decode(body));
  } catch {
    // The cause is left out: its message quotes the text.
    throw undecodable("is no JSON in UTF-8");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonFields;
  throw undecodable("is no JSON object");
}

/**
 * Takes a JSON value for text.
 * @throws {ConcordError} `undecodable` for any other type, and for a lone surrogate, which has no UTF-8.
 */
export function textOf(name: string, value: unknown): string {
  if (typeof value === "string" && value.isWellFormed()) return value;
  throw undecodable(`has no valid text in "${name}"`);
}

/**
 * Reads base64 in either alphabet, padded or not.
 * @throws {ConcordError} `undecodable`
 */
export function bytesOf(name: string, value: unknown): Uint8Array {
  const text = textOf(name, value);
  const digits = text.replace(/=+$/, "").length;
  if (base64.test(text) && digits % 4 !== 1) return Buffer.from(text, "base64");
  throw undecodable(`has no base64 in "${name}"`);
}

function undecodable(why: string): ConcordError {
  return new ConcordError("undecodable", `the message ${why}`);
}
