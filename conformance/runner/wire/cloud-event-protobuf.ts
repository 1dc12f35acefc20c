import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { PlainEnvelope } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { fromCloudEvent, toCloudEvent } from "./cloud-event.ts";
import { plainFromJson, plainToJson } from "./plain-envelope.ts";

// Fields of io.cloudevents.v1.CloudEvent
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/cloudevents.proto).
const fixed = { id: 1, source: 2, specversion: 3, type: 4 } as const;
const attributeField = 5;
const binaryDataField = 6;
const stringField = 3;
const timestampField = 7;

/** Writes a CloudEvent in protobuf; attributes in the order of their names. */
export function toProtobufEvent(plain: PlainEnvelope): Uint8Array {
  const { attributes, data } = toCloudEvent(plain);
  const writer = new BinaryWriter();
  for (const [name, field] of Object.entries(fixed)) {
    if (attributes[name] !== undefined) writer.tag(field, WireType.LengthDelimited).string(attributes[name]);
  }
  for (const name of Object.keys(attributes).sort()) {
    if (!(name in fixed)) writeAttribute(writer, name, name === "time" ? plain : attributes[name]!);
  }
  if (data !== undefined) writer.tag(binaryDataField, WireType.LengthDelimited).bytes(Buffer.from(data, "hex"));
  return writer.finish();
}

function writeAttribute(writer: BinaryWriter, name: string, value: string | PlainEnvelope): void {
  writer.tag(attributeField, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(name);
  writer.tag(2, WireType.LengthDelimited).fork();
  if (typeof value === "string") writer.tag(stringField, WireType.LengthDelimited).string(value);
  else writeTime(writer.tag(timestampField, WireType.LengthDelimited).fork(), value);
  writer.join().join();
}

function writeTime(writer: BinaryWriter, { time }: PlainEnvelope): void {
  if (time?.seconds) writer.tag(1, WireType.Varint).int64(time.seconds);
  if (time?.nanos) writer.tag(2, WireType.Varint).int32(time.nanos);
  writer.join();
}

/** Reads a CloudEvent in protobuf, as far as the runner writes them itself. */
export function fromProtobufEvent(body: Uint8Array): PlainEnvelope {
  const attributes: Record<string, string> = {};
  let data: string | undefined;
  readFields(new BinaryReader(body), (field, reader) => {
    const name = Object.entries(fixed).find(([, number]) => number === field)?.[0];
    if (name) attributes[name] = reader.string();
    else if (field === attributeField) Object.assign(attributes, readAttribute(reader.bytes()));
    else if (field === binaryDataField) data = Buffer.from(reader.bytes()).toString("hex");
    else return false;
    return true;
  });
  return fromCloudEvent({ attributes, data });
}

function readAttribute(bytes: Uint8Array): Record<string, string> {
  let name = "";
  let value = "";
  readFields(new BinaryReader(bytes), (field, reader) => {
    if (field === 1) name = reader.string();
    else if (field === 2) value = readValue(reader.bytes());
    else return false;
    return true;
  });
  return { [name]: value };
}

function readValue(bytes: Uint8Array): string {
  let text = "";
  readFields(new BinaryReader(bytes), (field, reader) => {
    if (field === stringField || field === 5 || field === 6) text = reader.string();
    else if (field === timestampField) text = readTime(reader.bytes());
    else if (field === 1) text = String(reader.bool());
    else if (field === 2) text = String(reader.int32());
    else return false;
    return true;
  });
  return text;
}

function readTime(bytes: Uint8Array): string {
  const plain = plainFromJson({ time: "1970-01-01T00:00:00Z" });
  readFields(new BinaryReader(bytes), (field, reader) => {
    if (field === 1) plain.time!.seconds = BigInt(reader.int64());
    else if (field === 2) plain.time!.nanos = reader.int32();
    else return false;
    return true;
  });
  return String(plainToJson(plain).time);
}

function readFields(reader: BinaryReader, read: (field: number, reader: BinaryReader) => boolean): void {
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (!read(field, reader)) reader.skip(wireType, field);
  }
}
