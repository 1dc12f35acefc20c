import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Envelope, EnvelopeTime } from "../envelope/envelope.ts";
import { EnvelopeReader } from "../envelope/envelope-reader.ts";
import { maxNanos } from "../envelope/time.ts";
import { validateEnvelope } from "../envelope/validate-envelope.ts";
import { type EventAttribute, optionalAttributes, specVersion, toEnvelope } from "./event-attributes.ts";

// Fields of `io.cloudevents.v1.CloudEvent`
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/cloudevents.proto).
const eventFields = { id: 1, source: 2, specVersion: 3, type: 4, attributes: 5, binaryData: 6 } as const;
const names: readonly (string | undefined)[] = [
  undefined,
  "id",
  "source",
  "spec_version",
  "type",
  "attributes",
  "binary_data",
  "text_data",
  "proto_data",
];
const valueFields = { string: 3, timestamp: 7 } as const;

/**
 * Writes an envelope as a CloudEvent in protobuf. Attributes stand in the order of their names, so that every language
 * writes the same bytes.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute`
 */
export function encodeProtobufEvent(envelope: Envelope): Uint8Array {
  validateEnvelope(envelope);
  const { id, source, type, data } = envelope;
  const writer = new BinaryWriter();
  const text = (field: number, value: string) => writer.tag(field, WireType.LengthDelimited).string(value);
  text(eventFields.id, id);
  text(eventFields.source, source);
  text(eventFields.specVersion, specVersion);
  text(eventFields.type, type);
  const attributes = optionalAttributes(envelope).sort(([left], [right]) => (left < right ? -1 : 1));
  for (const attribute of attributes) writeAttribute(writer, attribute);
  if (data !== undefined) writer.tag(eventFields.binaryData, WireType.LengthDelimited).bytes(data);
  return writer.finish();
}

function writeAttribute(writer: BinaryWriter, [name, value]: EventAttribute): void {
  writer.tag(eventFields.attributes, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(name);
  writer.tag(2, WireType.LengthDelimited).fork();
  if (typeof value === "string") writer.tag(valueFields.string, WireType.LengthDelimited).string(value);
  else writeTime(writer.tag(valueFields.timestamp, WireType.LengthDelimited).fork(), value).join();
  writer.join().join();
}

function writeTime(writer: BinaryWriter, { seconds, nanos }: EnvelopeTime): BinaryWriter {
  if (seconds !== 0n) writer.tag(1, WireType.Varint).int64(seconds);
  if (nanos !== 0) writer.tag(2, WireType.Varint).int32(nanos);
  return writer;
}

/**
 * Reads a CloudEvent in protobuf, strictly. Of the three kinds of data any is taken for its bytes; of several the last.
 * @throws {ConcordError} `undecodable`, `invalid_envelope`, `invalid_attribute`
 */
export function decodeProtobufEvent(body: Uint8Array): Envelope {
  const reader = new EnvelopeReader(body, (field) => names[field]);
  const attributes = new Map<string, string | EnvelopeTime>();
  let data: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.readTag();
    if (tag === 10) attributes.set("id", reader.readText());
    else if (tag === 18) attributes.set("source", reader.readText());
    else if (tag === 26) attributes.set("specversion", reader.readText());
    else if (tag === 34) attributes.set("type", reader.readText());
    else if (tag === 42) readAttribute(reader, attributes);
    else if (tag === 50) data = reader.readBytes();
    else if (tag === 58) data = Buffer.from(reader.readText());
    else if (tag === 66) data = readAny(reader);
    else reader.skip(tag);
  }
  return toEnvelope(attributes, data);
}

function readAttribute(reader: EnvelopeReader, attributes: Map<string, string | EnvelopeTime>): void {
  let name = "";
  let value: string | EnvelopeTime | undefined;
  readNested(reader, (tag) => {
    if (tag === 10) name = reader.readText();
    else if (tag === 18) value = readValue(reader);
    else return false;
    return true;
  });
  // An attribute whose value nobody here has a name for says nothing.
  if (value !== undefined) attributes.set(name, value);
}

/** Values of all types are kept as CloudEvents writes them in text (spec 1.0.2, section 3.1). */
function readValue(reader: EnvelopeReader): string | EnvelopeTime | undefined {
  let value: string | EnvelopeTime | undefined;
  readNested(reader, (tag) => {
    if (tag === 8) value = String(reader.readUint64() !== 0n);
    else if (tag === 16) value = String(BigInt.asIntN(32, reader.readUint64()));
    else if (tag === 26 || tag === 42 || tag === 50) value = reader.readText();
    else if (tag === 34) value = Buffer.from(reader.readBytes()).toString("base64");
    else if (tag === 58) value = readTime(reader);
    else return false;
    return true;
  });
  return value;
}

function readTime(reader: EnvelopeReader): EnvelopeTime {
  let seconds = 0n;
  let nanos = 0;
  readNested(reader, (tag) => {
    if (tag === 8) seconds = BigInt.asIntN(64, reader.readUint64());
    else if (tag === 16) nanos = Number(reader.readUint64());
    else return false;
    return true;
  });
  if (nanos > maxNanos) throw reader.refuse("has more than nine digits of a second");
  return { seconds, nanos };
}

/** A message in an `Any` is taken for its bytes: the event's type names it already. */
function readAny(reader: EnvelopeReader): Uint8Array {
  let value: Uint8Array = new Uint8Array();
  readNested(reader, (tag) => {
    if (tag !== 18) return false;
    value = reader.readBytes();
    return true;
  });
  return value;
}

/** Reads the fields of a nested message; what `readField` does not know is passed over. */
function readNested(reader: EnvelopeReader, readField: (tag: number) => boolean): void {
  const outerEnd = reader.enter();
  while (!reader.done) {
    const tag = reader.readNestedTag();
    if (!readField(tag)) reader.skip(tag);
  }
  reader.leave(outerEnd);
}
