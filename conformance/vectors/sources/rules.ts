import type { JsonObject } from "../../runner/suite/json.ts";
import { CodeError } from "../../runner/wire/code-error.ts";

const reserved = new Set(
  "id source specversion type time data datacontenttype partitionkey idempotencykey traceparent tracestate correlationid causationid keysequence schemadigest".split(
    " ",
  ),
);
const optionalTexts =
  "key idempotency_key traceparent correlation_id causation_id data_content_type tracestate data_schema".split(" ");
// RFC 3986, appendix B with the characters of its grammar.
const uriReference =
  /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:\/\/(?:[-\w.~!$&'()*+,;=:@[\]]|%[0-9A-Fa-f]{2})*)?(?:[-\w.~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*(?:\?(?:[-\w.~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?(?:#(?:[-\w.~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?$/;
const maxIdBytes = 256;

/**
 * The rules of the envelope (F7, F2), in the order in which they are told.
 * @throws {CodeError} `invalid_envelope`, `invalid_attribute`
 */
export function checkRules(json: JsonObject): void {
  for (const name of ["id", "source", "type"]) {
    const value = json[name] ?? "";
    if (value === "" || /\p{Cc}/u.test(String(value))) throw new CodeError("invalid_envelope", name);
  }
  if (Buffer.byteLength(String(json.id)) > maxIdBytes) throw new CodeError("invalid_envelope", "id");
  const source = String(json.source);
  const colonFirst = /^[^/?#]*:/.test(source) && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(source);
  if (!uriReference.test(source) || colonFirst) throw new CodeError("invalid_envelope", "source");
  for (const name of optionalTexts) if (json[name] === "") throw new CodeError("invalid_envelope", name);
  for (const [name, value] of Object.entries((json.attributes ?? {}) as JsonObject)) {
    if (!/^[a-z][a-z0-9]{0,19}$/.test(name) || reserved.has(name) || value === "")
      throw new CodeError("invalid_attribute", name);
  }
}
