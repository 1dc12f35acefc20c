import { Envelope as GeneratedEnvelope } from "../../../../../gen/ts-proto/concord/event/v1/envelope.ts";
import { ConcordError } from "../error.ts";
import { areSorted, noAttributes, sortAttributes } from "./attributes.ts";
import type { Envelope } from "./envelope.ts";
import { EnvelopeWriter } from "./envelope-writer.ts";
import { validateEnvelope } from "./validate-envelope.ts";

/** Room for tags, lengths, time and sequence, and for the last texts to be longer in UTF-8 than they look. */
const overheadBytes = 256;
const attributeOverheadBytes = 8;

/**
 * Writes an envelope as the bytes that every language writes: fields in ascending order, minimal varints, attributes
 * sorted by name (conformance F6). The result is a view, mostly of a larger buffer, that nobody else ever writes to.
 *
 * The rules are {@link createEnvelope}'s to check; here is refused only what would not be read back as it was.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute` for lone surrogates, empty texts, numbers out of range.
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeFields(envelope, envelope);
}

/** The bytes of an envelope around the place of its sequence, which only the outbox knows. */
export interface EnvelopeParts {
  /** Fields 1 to 5. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** Fields 7 to 18. */
  readonly tail: Uint8Array<ArrayBuffer>;
}

/**
 * Writes an envelope in two parts, so that an outbox can put the sequence between them without reading them: head, field
 * 6 (tag 0x30 and a minimal varint), tail are the bytes that {@link encodeEnvelope} writes. A sequence that the envelope
 * already has is left out.
 * @throws {ConcordError} as {@link encodeEnvelope}: `invalid_envelope`, `invalid_attribute`.
 */
export function encodeEnvelopeParts(envelope: Envelope): EnvelopeParts {
  const { id, source, type, time, key } = envelope;
  const head = { ...nothing, id, source, type, time, key };
  const tail = { ...envelope, id: undefined, source: undefined, type: undefined, time: undefined, key: undefined };
  return { head: encodeFields(head, envelope), tail: encodeFields({ ...tail, sequence: undefined }, envelope) };
}

/** An envelope of which any field but the attributes may be missing. */
type Fields = { readonly [Field in keyof Envelope]: Envelope[Field] | undefined } & Pick<Envelope, "attributes">;

/** All fields are there, so that the generated code meets objects of one shape only; with three it is a third slower. */
const nothing: Fields = {
  id: undefined,
  source: undefined,
  type: undefined,
  time: undefined,
  key: undefined,
  sequence: undefined,
  idempotencyKey: undefined,
  traceparent: undefined,
  correlationId: undefined,
  causationId: undefined,
  dataContentType: undefined,
  data: undefined,
  tracestate: undefined,
  dataSchema: undefined,
  attributes: noAttributes,
};

/** A fault is looked for in the whole envelope: the writer only says that there is one. */
function encodeFields(fields: Fields, whole: Envelope): Uint8Array<ArrayBuffer> {
  try {
    const writer = new EnvelopeWriter(sizeHint(fields));
    return GeneratedEnvelope.encode(withSortedAttributes(fields), writer).finish();
  } catch (cause) {
    validateEnvelope(whole);
    throw new ConcordError("invalid_envelope", "the envelope cannot be written", { cause });
  }
}

function withSortedAttributes(fields: Fields): Fields {
  const { attributes } = fields;
  return areSorted(attributes) ? fields : { ...fields, attributes: sortAttributes(attributes) };
}

function sizeHint(fields: Fields): number {
  let size = overheadBytes + lengthOf(fields.id) + lengthOf(fields.source) + lengthOf(fields.type);
  size += lengthOf(fields.key) + lengthOf(fields.idempotencyKey) + lengthOf(fields.traceparent);
  size += lengthOf(fields.correlationId) + lengthOf(fields.causationId) + lengthOf(fields.dataContentType);
  size += lengthOf(fields.data) + lengthOf(fields.tracestate) + lengthOf(fields.dataSchema);
  for (const name of Object.keys(fields.attributes)) {
    size += attributeOverheadBytes + name.length + lengthOf(fields.attributes[name]);
  }
  return size;
}

function lengthOf(value: string | Uint8Array | undefined): number {
  return value === undefined ? 0 : value.length;
}
