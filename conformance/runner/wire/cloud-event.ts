import type { PlainEnvelope } from "@concord/gen/concord/conformance/v1/message_pb.js";
import type { JsonObject } from "../suite/json.ts";
import { CodeError } from "./code-error.ts";
import { plainFromJson, plainToJson } from "./plain-envelope.ts";

/** Names that the mapping of the design gives to fields of the envelope. */
const mapped: readonly (readonly [attribute: string, field: string])[] = [
  ["id", "id"],
  ["source", "source"],
  ["type", "type"],
  ["time", "time"],
  ["datacontenttype", "data_content_type"],
  ["partitionkey", "key"],
  ["idempotencykey", "idempotency_key"],
  ["traceparent", "traceparent"],
  ["tracestate", "tracestate"],
  ["correlationid", "correlation_id"],
  ["causationid", "causation_id"],
  ["schemadigest", "data_schema"],
];
const fieldOf = new Map(mapped);
const sequenceDigits = 20;

/** A CloudEvent's context attributes as text, by name, and its data. */
export interface CloudEvent {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: string | undefined;
}

/** Maps an envelope to a CloudEvent; data as hex. */
export function toCloudEvent(plain: PlainEnvelope): CloudEvent {
  const { data, sequence, attributes = {}, ...fields } = plainToJson(plain);
  const named = mapped.filter(([, field]) => fields[field] !== undefined).map(([name, field]) => [name, fields[field]]);
  const keySequence = sequence === undefined ? [] : [["keysequence", String(sequence).padStart(sequenceDigits, "0")]];
  return {
    attributes: { specversion: "1.0", ...Object.fromEntries([...named, ...keySequence]), ...(attributes as object) },
    data: data as string | undefined,
  };
}

/**
 * Maps a CloudEvent back.
 * @throws {CodeError} `undecodable` for another version, a time or a sequence that is none.
 */
export function fromCloudEvent({ attributes, data }: CloudEvent): PlainEnvelope {
  const { specversion, keysequence, ...rest } = attributes;
  if (specversion !== "1.0") throw new CodeError("undecodable", "no CloudEvent of version 1.0");
  const json: Record<string, JsonObject[string]> = {};
  const extensions: Record<string, string> = {};
  for (const [name, value] of Object.entries(rest)) {
    const field = fieldOf.get(name);
    if (field) json[field] = value;
    else extensions[name] = value;
  }
  if (keysequence !== undefined) json.sequence = BigInt(keysequence).toString();
  if (data !== undefined) json.data = data;
  return plainFromJson({ ...json, attributes: extensions });
}
