import { ConcordError } from "../error.ts";
import { isAttributeName } from "./attribute-name.ts";
import type { Envelope, EnvelopeAttributes, EnvelopeTime } from "./envelope.ts";
import { maxNanos, maxSeconds, minSeconds } from "./time.ts";
import { isUriReference } from "./uri-reference.ts";

/** Longest id that is read, in bytes of UTF-8. */
export const maxIdBytes = 256;

const maxSequence = 2n ** 64n - 1n;
const maxUtf8BytesPerUnit = 3;
const control = /\p{Cc}/u;
const identities = ["id", "source", "type"] as const;
const optionalTexts = [
  "key",
  "idempotencyKey",
  "traceparent",
  "correlationId",
  "causationId",
  "dataContentType",
  "tracestate",
  "dataSchema",
] as const;

/**
 * Checks every rule of the envelope's contract (conformance F7), for an envelope of any origin.
 * @throws {ConcordError} `invalid_envelope` or, for extension attributes, `invalid_attribute`; `details.field` names the
 * first field that breaks a rule.
 */
export function validateEnvelope(envelope: Envelope): void {
  checkTypes(envelope);
  checkRules(envelope);
}

/** Checks what remains to be checked of decoded bytes: their types are right and their texts valid Unicode already. */
export function checkRules(envelope: Envelope): void {
  checkIdentity("id", envelope.id);
  checkIdentity("source", envelope.source);
  checkIdentity("type", envelope.type);
  checkIdLength(envelope.id);
  if (!isUriReference(envelope.source))
    throw invalid("source", "must be a URI-reference in ASCII, such as /shop/orders");
  if (hasEmptyText(envelope)) throw emptyText(envelope);
  if (envelope.time !== undefined) checkTime(envelope.time);
  checkAttributes(envelope.attributes);
}

function checkIdentity(field: string, value: string): void {
  if (!value) throw invalid(field, "must be set");
  if (control.test(value)) throw invalid(field, "must not hold control characters");
}

function checkIdLength(id: string): void {
  if (id.length * maxUtf8BytesPerUnit <= maxIdBytes || Buffer.byteLength(id) <= maxIdBytes) return;
  throw invalid("id", `must not be longer than ${maxIdBytes} bytes`);
}

/** Spelt out: a loop over the names would take a tenth of the time of decoding. */
function hasEmptyText(envelope: Envelope): boolean {
  return (
    envelope.key === "" ||
    envelope.idempotencyKey === "" ||
    envelope.traceparent === "" ||
    envelope.correlationId === "" ||
    envelope.causationId === "" ||
    envelope.dataContentType === "" ||
    envelope.tracestate === "" ||
    envelope.dataSchema === ""
  );
}

function emptyText(envelope: Envelope): ConcordError {
  const field = optionalTexts.find((name) => envelope[name] === "") ?? "";
  return invalid(field, "must not be empty when it is set; leave it unset instead");
}

function checkTime({ seconds, nanos }: EnvelopeTime): void {
  if (seconds < minSeconds || seconds > maxSeconds) throw invalid("time", "must lie in the years 0001 to 9999");
  if (nanos < 0 || nanos > maxNanos) throw invalid("time", `must have nanoseconds from 0 to ${maxNanos}`);
}

function checkAttributes(attributes: EnvelopeAttributes): void {
  for (const name of Object.keys(attributes)) {
    if (!isAttributeName(name))
      throw invalidAttribute("an attribute's name must match [a-z][a-z0-9]{0,19}, none reserved");
    if (attributes[name] === "") throw invalidAttribute(`attribute ${name} must not be empty`);
  }
}

function checkTypes(envelope: Envelope): void {
  for (const field of [...identities, ...optionalTexts]) {
    if (envelope[field] !== undefined && !isText(envelope[field])) throw invalid(field, "must be valid Unicode text");
  }
  const { time, sequence, data, attributes } = envelope;
  if (time !== undefined && !(typeof time.seconds === "bigint" && Number.isInteger(time.nanos))) {
    throw invalid("time", "must have seconds as a bigint and whole nanoseconds");
  }
  if (sequence !== undefined && !(typeof sequence === "bigint" && sequence >= 0n && sequence <= maxSequence)) {
    throw invalid("sequence", "must be a bigint from 0 to 2^64 - 1");
  }
  if (data !== undefined && !(data instanceof Uint8Array)) throw invalid("data", "must be bytes");
  for (const value of Object.values(attributes)) {
    if (!isText(value)) throw invalidAttribute("an attribute must be valid Unicode text");
  }
}

/** A lone surrogate has no UTF-8: writers would replace it and so change what was said. */
function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}

function invalid(field: string, rule: string): ConcordError {
  return new ConcordError("invalid_envelope", `envelope field ${field} ${rule}`, { details: { field } });
}

function invalidAttribute(message: string): ConcordError {
  return new ConcordError("invalid_attribute", message, { details: { field: "attributes" } });
}
