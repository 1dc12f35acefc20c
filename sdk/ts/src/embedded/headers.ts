import { ConcordError } from "../core/error.ts";
import type { Headers } from "../core/message.ts";

const namePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Gives headers as a reader must see them (conformance F9): names in lower case, values trimmed, the last of several
 * values of one name.
 * @throws {ConcordError} `invalid_argument` for a name that is no HTTP token or a value with a line break.
 */
export function normalizeHeaders(headers: Headers): Headers {
  let isNormal = true;
  for (const name in headers) {
    const value = headers[name]!;
    if (!namePattern.test(name)) throw illegal(`"${name.replace(/[^\x20-\x7e]/g, "?")}" is no header name`, name);
    if (/[\r\n]/.test(value)) throw illegal(`the header ${name} holds a line break`, name);
    if (name.toLowerCase() !== name || value.trim() !== value) isNormal = false;
  }
  if (isNormal) return headers;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
}

function illegal(fault: string, field: string): ConcordError {
  return new ConcordError("invalid_argument", `${fault}; nothing was stored`, { details: { field } });
}
