import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { parseJsonObject, textOf } from "../cloudevents/json-text.ts";
import { eventContract } from "../contract/event-contract.ts";
import { createEnvelope } from "../envelope/create-envelope.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { timeFromIso, timeToIso } from "../envelope/time.ts";
import { ConcordError } from "../error.ts";
import { parseTraceparent } from "../traceparent.ts";
import type { WireMessage } from "../wire/wire-format.ts";

/** One kind of event as both systems name it. */
export interface Topic {
  /** Their name, such as `order.created`. */
  readonly topic: string;
  /** Our contract; their `message` is its JSON. */
  readonly schema: DescMessage;
}

const schemaVersion = 1;

/**
 * Writes an event as NatsPubsub does: one JSON object with `event_id`, `topic`, `producer`, `occurred_at`, `message`. What that
 * has no place for (sequence, causation, attributes) is left out; the key goes as `resource_id`.
 * @throws {ConcordError} `undecodable` when the data is no message of the contract.
 */
export function encodeNatsPubsub(envelope: Envelope, { topic, schema }: Topic): WireMessage {
  const traceId = parseTraceparent(envelope.traceparent)?.traceId ?? envelope.correlationId;
  const body = {
    event_id: envelope.id,
    schema_version: schemaVersion,
    topic,
    producer: producerOf(envelope.source),
    ...(envelope.time && { occurred_at: timeToIso(envelope.time) }),
    ...(traceId !== undefined && { trace_id: traceId }),
    ...(envelope.key !== undefined && { resource_id: envelope.key }),
    message: messageJson(envelope, schema),
  };
  return {
    headers: { topic, ...(traceId !== undefined && { trace_id: traceId }) },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/**
 * Reads an event of a NatsPubsub system. Key and idempotency key come from our contract; fields of `message` that it does not
 * know are passed over.
 * @throws {ConcordError} `undecodable`, `invalid_envelope`, `invalid_data` when a field that names the operation is unset.
 */
export function decodeNatsPubsub(body: Uint8Array, { schema }: Topic): Envelope {
  const fields = parseJsonObject(body);
  const text = (name: string) =>
    fields[name] === undefined || fields[name] === null ? undefined : textOf(name, fields[name]);
  const message = readMessage(schema, fields.message as JsonValue);
  const contract = eventContract(schema);
  const producer = text("producer") ?? "";
  const occurredAt = text("occurred_at");
  return createEnvelope({
    id: text("event_id") ?? "",
    source: producer === "" ? "" : `/${encodeURIComponent(producer)}`,
    type: schema.typeName,
    time: occurredAt === undefined ? undefined : timeFromIso(occurredAt),
    key: contract.keyOf(message),
    idempotencyKey: contract.idempotencyKeyOf(message),
    correlationId: text("trace_id"),
    data: toBinary(schema, message),
  });
}

/** `/shop/orders` is their `orders`: a producer has no path there. */
function producerOf(source: string): string {
  return decodeURIComponent(source.split("/").at(-1) || source);
}

function messageJson({ data, type }: Envelope, schema: DescMessage): JsonValue {
  try {
    return toJson(schema, fromBinary(schema, data ?? new Uint8Array()), { useProtoFieldName: true });
  } catch (cause) {
    throw new ConcordError("undecodable", `the data of the event is no ${type}`, { cause });
  }
}

function readMessage(schema: DescMessage, json: JsonValue | undefined) {
  try {
    return fromJson(schema, json ?? {}, { ignoreUnknownFields: true });
  } catch {
    // The cause is left out: its message quotes values.
    throw new ConcordError("undecodable", `the message is no ${schema.typeName} in JSON`);
  }
}
