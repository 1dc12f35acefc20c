import { ConcordError } from "./error.ts";

/** Longest escaped key, in bytes: it must fit a file name of the broker's storage. */
export const maxKeyTokenBytes = 255;

/** Stands for "no key" in a subject. A key that is `_` itself is escaped. */
export const noKeyToken = "_";

const plain = /^[A-Za-z0-9~-][A-Za-z0-9_~-]*$|^_[A-Za-z0-9_~-]+$/;

/**
 * Escapes any text to one legal subject token: UTF-8 bytes outside `A-Za-z0-9_~-` become upper-case `%XX`, and the
 * text `_` becomes `%5F`. Distinct texts give distinct tokens (conformance F2).
 * @throws {ConcordError} `invalid_key` when the text is empty, holds a lone surrogate or escapes to more than 255 bytes.
 */
export function escapeKeyToken(key: string): string {
  const token = plain.test(key) ? key : escapeBytes(key);
  if (token.length === 0) throw new ConcordError("invalid_key", "a key must not be empty; leave it unset instead");
  if (token.length > maxKeyTokenBytes) {
    throw new ConcordError("invalid_key", `a key escapes to ${token.length} bytes; at most ${maxKeyTokenBytes} fit`, {
      details: { field: "key", bytes: token.length, limitBytes: maxKeyTokenBytes },
    });
  }
  return token;
}

/**
 * Gives back the key that a token was made from, or undefined for `_`.
 * @throws {ConcordError} `invalid_key` when the token is none that {@link escapeKeyToken} writes.
 */
export function unescapeKeyToken(token: string): string | undefined {
  if (token === noKeyToken) return undefined;
  const key = tryDecode(token);
  if (key === undefined || key === "" || escapeKeyToken(key) !== token) {
    throw new ConcordError("invalid_key", "a subject's key token is not escaped as Concord escapes keys");
  }
  return key;
}

/** Escapes one part of an idempotency key; the parts are joined by `/`. Unlike a key it may be empty or long. */
export function escapeKeyPart(text: string): string {
  return text === "" || plain.test(text) ? text : escapeBytes(text);
}

function escapeBytes(text: string): string {
  if (!text.isWellFormed())
    throw new ConcordError("invalid_key", "a key holds a lone surrogate, so it is no valid text");
  if (text === "_") return "%5F";
  return encodeURIComponent(text).replace(/[.!*'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function tryDecode(token: string): string | undefined {
  try {
    return decodeURIComponent(token);
  } catch {
    return undefined;
  }
}
