import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { type PlainEnvelope, PlainEnvelopeSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { type Envelope, EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import type { JsonObject } from "../suite/json.ts";
import { bytesFrom, bytesJson, readBytes } from "./bytes-value.ts";

const copied = [
  "id",
  "source",
  "type",
  "time",
  "key",
  "sequence",
  "idempotencyKey",
  "traceparent",
  "correlationId",
  "causationId",
  "dataContentType",
  "tracestate",
  "dataSchema",
] as const;

/** The envelope's protobuf message, its attributes in the order of their names (F6). */
export function toEnvelope(plain: PlainEnvelope): Envelope {
  const envelope = create(EnvelopeSchema);
  for (const name of copied) if (plain[name] !== undefined) Object.assign(envelope, { [name]: plain[name] });
  if (plain.data !== undefined) envelope.data = bytesFrom(plain.data);
  envelope.attributes = sorted(plain.attributes);
  return envelope;
}

function sorted(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The envelope in words of the testee protocol. */
export function fromEnvelope(envelope: Envelope): PlainEnvelope {
  const plain = create(PlainEnvelopeSchema);
  for (const name of copied) if (envelope[name] !== undefined) Object.assign(plain, { [name]: envelope[name] });
  if (envelope.data !== undefined) plain.data = readBytes(envelope.data);
  plain.attributes = sorted(envelope.attributes);
  return plain;
}

/** The bytes that every writer must write. */
export function envelopeBytes(plain: PlainEnvelope): Uint8Array {
  return toBinary(EnvelopeSchema, toEnvelope(plain));
}

/** Reads an envelope's bytes, with no rule but protobuf's. */
export function envelopeOf(bytes: Uint8Array): PlainEnvelope {
  return fromEnvelope(fromBinary(EnvelopeSchema, bytes));
}

/** The envelope as JSON: names as in the schema, data as hex. */
export function plainToJson(plain: PlainEnvelope): JsonObject {
  const json = toJson(PlainEnvelopeSchema, plain, { useProtoFieldName: true }) as JsonObject;
  return plain.data === undefined ? json : { ...json, data: bytesJson(bytesFrom(plain.data)) };
}

/** Reads what {@link plainToJson} wrote; unknown keys are an error. */
export function plainFromJson(json: JsonObject): PlainEnvelope {
  return fromJson(PlainEnvelopeSchema, json as JsonValue);
}
