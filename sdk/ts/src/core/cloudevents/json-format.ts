import type { Envelope } from "../envelope/envelope.ts";
import { validateEnvelope } from "../envelope/validate-envelope.ts";
import { ConcordError } from "../error.ts";
import { attributeText, type EventAttribute, optionalAttributes, specVersion, toEnvelope } from "./event-attributes.ts";
import { bytesOf, type JsonFields, parseJsonObject, textOf } from "./json-text.ts";

const jsonType = /^[^/]+\/(?:json|[^;\s]+\+json)\s*(?:;|$)/i;

/**
 * Writes an envelope as a CloudEvent in JSON (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
 * Data goes as `data_base64`, whatever it is: so it comes back byte for byte.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute`
 */
export function encodeJsonEvent(envelope: Envelope): Uint8Array {
  validateEnvelope(envelope);
  const { id, source, type, data } = envelope;
  const fields: Record<string, string> = { specversion: specVersion, id, source, type };
  for (const [name, value] of optionalAttributes(envelope)) fields[name] = attributeText(value);
  if (data !== undefined) fields.data_base64 = Buffer.from(data).toString("base64");
  return Buffer.from(JSON.stringify(fields));
}

/**
 * Reads a CloudEvent in JSON.
 * @throws {ConcordError} `undecodable`, `invalid_envelope`, `invalid_attribute`
 */
export function decodeJsonEvent(body: Uint8Array): Envelope {
  const { data, data_base64: base64, ...attributes } = parseJsonObject(body);
  if (base64 === undefined || base64 === null) return decodeWithValue(attributes, data);
  if (data !== undefined) throw new ConcordError("undecodable", "the CloudEvent has both data and data_base64");
  return toEnvelope(attributesOf(attributes), bytesOf("data_base64", base64));
}

/** `data` is a JSON value itself, unless its content type says that it is the text of something else. */
function decodeWithValue(attributes: JsonFields, data: unknown): Envelope {
  if (data === undefined) return toEnvelope(attributesOf(attributes), undefined);
  const datacontenttype = attributes.datacontenttype ?? "application/json";
  const isText = typeof data === "string" && !jsonType.test(textOf("datacontenttype", datacontenttype));
  const text = textOf("data", isText ? data : JSON.stringify(data));
  return toEnvelope(attributesOf({ ...attributes, datacontenttype }), Buffer.from(text));
}

/** Null is unset; booleans and numbers of others are kept as text. */
function attributesOf(fields: JsonFields): EventAttribute[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, isPlain(value) ? String(value) : textOf(name, value)]);
}

function isPlain(value: unknown): boolean {
  return typeof value === "boolean" || typeof value === "number";
}
