import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import type { Json, JsonObject } from "../../runner/suite/json.ts";
import { bytesJson } from "../../runner/wire/bytes-value.ts";
import type { WireHeader } from "../../runner/wire/header-list.ts";
import { contentTypes, toWire } from "../../runner/wire/message-format.ts";
import { plainFromJson } from "../../runner/wire/plain-envelope.ts";

/** A vector as it stands in its file. */
export interface VectorJson extends JsonObject {
  readonly id: string;
  readonly why: string;
}

/** Time of all vectors. */
export const pinnedTime = "2025-01-02T03:04:05.000000006Z";

/** The smallest envelope. */
export const minimal: JsonObject = {
  id: "01920000-0000-7000-8000-000000000001",
  source: "/conformance/runner",
  type: "concord.conformance.v1.CountedEvent",
};

/** An envelope with every field. */
export const full: JsonObject = {
  ...minimal,
  id: "01920000-0000-7000-8000-000000000002",
  time: pinnedTime,
  key: "order-1",
  sequence: "300",
  idempotency_key: "place/order-1",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  correlation_id: "01920000-0000-7000-8000-0000000000aa",
  causation_id: "01920000-0000-7000-8000-0000000000bb",
  data_content_type: "application/protobuf",
  data: "0a076f726465722d311001",
  tracestate: "vendor=value,other=1",
  data_schema: "urn:concord:schema:00112233445566778899aabbccddeeff",
  attributes: { region: "eu-west", subject: "keyboard", tenant: "acme" },
};

/** A vector of the codec that holds in both directions, its bytes made by the runner's reading of the rules. */
export function golden(id: string, why: string, json: JsonObject, mode = "env", more: JsonObject = {}): VectorJson {
  const { headers, body } = toWire(mode, plainFromJson(json));
  return { id, why, mode, hex: bytesJson(body), headers: headers.map(headerJson), json, ...more };
}

function headerJson({ name, value }: WireHeader): JsonObject {
  return { name, value };
}

/** What an encoder must refuse. */
export function refused(id: string, why: string, json: JsonObject, error: string, mode = "env"): VectorJson {
  return { id, why, mode, json, error, dir: "encode" };
}

/** Bytes that a decoder must refuse, or read as `json`. */
export function received(
  id: string,
  why: string,
  message: { readonly hex: Json; readonly headers?: readonly JsonObject[] },
  outcome: { readonly error: string } | { readonly json: JsonObject },
  mode = "env",
): VectorJson {
  const headers = message.headers ?? [{ name: "content-type", value: contentTypes[mode as keyof typeof contentTypes] }];
  return { id, why, mode, hex: message.hex, headers, ...outcome, dir: "decode" };
}

/** The bytes of an envelope with some fields that no writer writes. */
export function bytesOf(json: JsonObject): Uint8Array {
  return toWire("env", plainFromJson(json)).body;
}

/** Text as hex. */
export function hexOf(text: string): string {
  return Buffer.from(text).toString("hex");
}

/** Any other op. */
export function call(id: string, why: string, request: JsonObject, reply: JsonObject | string): VectorJson {
  return typeof reply === "string" ? { id, why, request, error: reply } : { id, why, request, reply };
}

/** Encodes again by the protobuf runtime, to be sure that a body made by hand is what it claims to be. */
export function reencode(bytes: Uint8Array): Uint8Array {
  return toBinary(EnvelopeSchema, fromBinary(EnvelopeSchema, bytes), { writeUnknownFields: false });
}
