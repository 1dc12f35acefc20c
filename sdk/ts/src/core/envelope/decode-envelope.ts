import { createAttributes, noAttributes } from "./attributes.ts";
import type { Envelope, EnvelopeTime } from "./envelope.ts";
import { EnvelopeReader } from "./envelope-reader.ts";
import { fieldName } from "./field-name.ts";
import { maxNanos } from "./time.ts";
import { checkRules } from "./validate-envelope.ts";

type Draft = { -readonly [Field in keyof Envelope]: Envelope[Field] };

/**
 * Reads the bytes of an envelope, strictly: broken wire format, invalid UTF-8 and broken rules are refused. Fields may
 * come in any order, of repeated ones the last wins, unknown ones are passed over: whoever forwards an envelope forwards
 * its bytes.
 *
 * Nothing is copied: `data` is a view of `bytes`, and a text that is kept keeps up to a kilobyte alive.
 * @throws {ConcordError} `undecodable`, `invalid_envelope`, `invalid_attribute` with the field in `details.field`.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const reader = new EnvelopeReader(bytes);
  const draft = emptyDraft();
  while (!reader.done) readField(reader, draft);
  checkRules(draft);
  return draft;
}

/** An envelope under construction; what is required is checked in the end. */
function emptyDraft(): Draft {
  return {
    id: "",
    source: "",
    type: "",
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
}

/** Cases are tags: the field's number times 8, plus 2 for a delimited value or 0 for an integer. */
function readField(reader: EnvelopeReader, draft: Draft): void {
  const tag = reader.readTag();
  switch (tag) {
    case 10:
      draft.id = reader.readText();
      return;
    case 18:
      draft.source = reader.readText();
      return;
    case 26:
      draft.type = reader.readText();
      return;
    case 34:
      draft.time = readTime(reader, draft.time);
      return;
    case 42:
      draft.key = reader.readText();
      return;
    case 48:
      draft.sequence = reader.readUint64();
      return;
    case 58:
      draft.idempotencyKey = reader.readText();
      return;
    case 66:
      draft.traceparent = reader.readText();
      return;
    case 74:
      draft.correlationId = reader.readText();
      return;
    case 82:
      draft.causationId = reader.readText();
      return;
    case 90:
      draft.dataContentType = reader.readText();
      return;
    case 98:
      draft.data = reader.readBytes();
      return;
    case 130:
      draft.tracestate = reader.readText();
      return;
    case 138:
      draft.dataSchema = reader.readText();
      return;
    case 146:
      readAttribute(reader, draft);
      return;
    default:
      if (fieldName(tag >>> 3) !== undefined) throw reader.refuse("has the wire type of another field");
      reader.skip(tag);
  }
}

/** Occurrences of a nested message are merged (https://protobuf.dev/programming-guides/encoding/#last-one-wins). */
function readTime(reader: EnvelopeReader, earlier: EnvelopeTime | undefined): EnvelopeTime {
  let seconds = earlier === undefined ? 0n : earlier.seconds;
  let nanos = earlier === undefined ? 0 : earlier.nanos;
  const outerEnd = reader.enter();
  while (!reader.done) {
    const tag = reader.readNestedTag();
    if (tag === 8) seconds = BigInt.asIntN(64, reader.readUint64());
    else if (tag === 16) nanos = Number(reader.readUint64());
    else skipNested(reader, tag);
  }
  reader.leave(outerEnd);
  if (nanos > maxNanos) throw reader.refuse("has more than nine digits of a second");
  return { seconds, nanos };
}

function readAttribute(reader: EnvelopeReader, draft: Draft): void {
  let name = "";
  let value = "";
  const outerEnd = reader.enter();
  while (!reader.done) {
    const tag = reader.readNestedTag();
    if (tag === 10) name = reader.readText();
    else if (tag === 18) value = reader.readText();
    else skipNested(reader, tag);
  }
  reader.leave(outerEnd);
  if (draft.attributes === noAttributes) draft.attributes = createAttributes();
  (draft.attributes as Record<string, string>)[name] = value;
}

function skipNested(reader: EnvelopeReader, tag: number): void {
  if (tag >>> 3 <= 2) throw reader.refuse("has the wire type of another field");
  reader.skip(tag);
}
