import { CodeError } from "./code-error.ts";

const maxTokenBytes = 255;
const plainByte = /[A-Za-z0-9_~-]/;

/** Escapes text to one subject token: UTF-8 bytes outside `A-Za-z0-9_~-` as upper `%XX`, the text `_` as `%5F` (F2). */
export function escapeToken(text: string): string {
  if (text === "_") return "%5F";
  return Array.from(Buffer.from(text), escapeByte).join("");
}

function escapeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return plainByte.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * The token of a key, `_` for none.
 * @throws {CodeError} `invalid_key`
 */
export function keyToken(key: string | undefined): string {
  if (key === undefined) return "_";
  const token = escapeToken(key);
  if (token === "" || token.length > maxTokenBytes) throw new CodeError("invalid_key", "empty or above 255 bytes");
  return token;
}

/** Turns a token back into its key; undefined for none. */
export function unescapeToken(token: string): string | undefined {
  if (token === "_") return undefined;
  const bytes = [...token.matchAll(/%([0-9A-F]{2})|[^%]/g)].map(([text, hex]) =>
    hex === undefined ? text.charCodeAt(0) : parseInt(hex, 16),
  );
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
