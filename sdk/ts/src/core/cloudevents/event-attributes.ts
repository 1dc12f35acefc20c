import { createEnvelope, type EnvelopeInit } from "../envelope/create-envelope.ts";
import type { Envelope, EnvelopeTime } from "../envelope/envelope.ts";
import { timeFromIso, timeToIso } from "../envelope/time.ts";
import { ConcordError } from "../error.ts";

/** The version of CloudEvents that is written and read (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md). */
export const specVersion = "1.0";

/** Name and text of one context attribute; a time may be told as such, for formats that have a type for it. */
export type EventAttribute = readonly [name: string, value: string | EnvelopeTime];

/** Fields of the envelope whose value is the text of an attribute, in the order in which they are written. */
const texts = [
  ["datacontenttype", "dataContentType"],
  ["partitionkey", "key"],
  ["idempotencykey", "idempotencyKey"],
  ["traceparent", "traceparent"],
  ["tracestate", "tracestate"],
  ["correlationid", "correlationId"],
  ["causationid", "causationId"],
  ["schemadigest", "dataSchema"],
] as const;

type TextField = (typeof texts)[number][1] | "id" | "source" | "type";

const fields: ReadonlyMap<string, TextField> = new Map<string, TextField>([
  ["id", "id"],
  ["source", "source"],
  ["type", "type"],
  ...texts,
]);

/** CloudEvents' own `sequence` orders a whole source, ours a key of it; twenty digits sort as text and fit 64 bits. */
const sequenceName = "keysequence";
const sequenceDigits = 20;

/** Lists what an envelope says besides id, source, type and data, as attributes of a CloudEvent (design: Envelope). */
export function optionalAttributes(envelope: Envelope): EventAttribute[] {
  const list: EventAttribute[] = [];
  if (envelope.time) list.push(["time", envelope.time]);
  for (const [name, field] of texts) {
    const value = envelope[field];
    if (value !== undefined) list.push([name, value]);
  }
  if (envelope.sequence !== undefined) {
    list.push([sequenceName, envelope.sequence.toString().padStart(sequenceDigits, "0")]);
  }
  for (const [name, value] of Object.entries(envelope.attributes)) list.push([name, value]);
  return list;
}

/** Gives the text of an attribute, a time by RFC 3339. */
export function attributeText(value: string | EnvelopeTime): string {
  return typeof value === "string" ? value : timeToIso(value);
}

/**
 * Makes an envelope of a CloudEvent's attributes and data. Attributes that the envelope has no field for become its
 * extension attributes.
 * @throws {ConcordError} `undecodable` (another version of CloudEvents, a time or sequence that is none),
 * `invalid_envelope`, `invalid_attribute`
 */
export function toEnvelope(attributes: Iterable<EventAttribute>, data: Uint8Array | undefined): Envelope {
  const init: { -readonly [Field in keyof EnvelopeInit]?: EnvelopeInit[Field] } = { data };
  const extensions: Record<string, string> = Object.create(null);
  let version: string | undefined;
  for (const [name, value] of attributes) {
    const field = fields.get(name);
    if (name === "specversion") version = attributeText(value);
    else if (name === "time") init.time = toTime(value);
    else if (name === sequenceName) init.sequence = toSequence(attributeText(value));
    else if (field) init[field] = attributeText(value);
    else extensions[name] = attributeText(value);
  }
  checkVersion(version);
  const { id = "", source = "", type = "" } = init;
  return createEnvelope({ ...init, id, source, type, attributes: extensions });
}

function checkVersion(version: string | undefined): void {
  if (version === specVersion) return;
  throw new ConcordError("undecodable", `the message is no CloudEvent of specversion ${specVersion}`, {
    details: { field: "specversion" },
  });
}

function toTime(value: string | EnvelopeTime): EnvelopeTime {
  if (typeof value !== "string") return value;
  if (value === "") throw emptyText("time");
  return timeFromIso(value);
}

function toSequence(text: string): bigint {
  if (text === "") throw emptyText("sequence");
  if (/^[0-9]{1,20}$/.test(text)) return BigInt(text);
  throw new ConcordError("undecodable", `the CloudEvent's ${sequenceName} is no number of at most 20 digits`, {
    details: { field: "sequence" },
  });
}

function emptyText(field: string): ConcordError {
  return new ConcordError("invalid_envelope", `envelope field ${field} must not be empty when it is set`, {
    details: { field },
  });
}
