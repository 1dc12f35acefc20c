import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import type { PlainEnvelope } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { fromBinaryEvent, toBinaryEvent } from "./cloud-event-binary.ts";
import { fromJsonEvent, toJsonEvent } from "./cloud-event-json.ts";
import { fromProtobufEvent, toProtobufEvent } from "./cloud-event-protobuf.ts";
import { CodeError } from "./code-error.ts";
import { headerValue, type WireHeader } from "./header-list.ts";
import { envelopeBytes, envelopeOf, fromEnvelope, toEnvelope } from "./plain-envelope.ts";

/** An envelope as it stands in a message, without the headers of the hop. */
export interface WireForm {
  readonly headers: readonly WireHeader[];
  readonly body: Uint8Array;
}

/** Content types by mode (F1); `json` is the envelope's own ProtoJSON, of which subscribers know nothing. */
export const contentTypes = {
  env: "application/vnd.concord.envelope.v1+protobuf",
  "ce-json": "application/cloudevents+json",
  "ce-proto": "application/cloudevents+protobuf",
  json: "application/vnd.concord.envelope.v1+json",
} as const;

/** Writes an envelope in a mode, as every implementation must. */
export function toWire(mode: string, plain: PlainEnvelope): WireForm {
  if (mode === "ce-binary") return toBinaryEvent(plain);
  const write = writers[mode as keyof typeof writers];
  if (!write) throw new CodeError("bad_request", `there is no mode ${mode}`);
  return { headers: [{ name: "content-type", value: contentTypes[mode as keyof typeof writers] }], body: write(plain) };
}

const writers = { env: envelopeBytes, "ce-json": toJsonEvent, "ce-proto": toProtobufEvent, json: toEnvelopeJson };

function toEnvelopeJson(plain: PlainEnvelope): Uint8Array {
  return Buffer.from(JSON.stringify(toJson(EnvelopeSchema, toEnvelope(plain))));
}

/** Reads a message by its headers, leniently: what the rules forbid is for the testee to refuse. */
export function fromWire({ headers, body }: WireForm): PlainEnvelope {
  const mediaType = (headerValue(headers, "content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (mediaType === contentTypes.env) return envelopeOf(body);
  if (mediaType === contentTypes["ce-proto"]) return fromProtobufEvent(body);
  if (mediaType === contentTypes["ce-json"] || mediaType === "application/cloudevents") return fromJsonEvent(body);
  if (mediaType === contentTypes.json) {
    return fromEnvelope(
      fromJson(EnvelopeSchema, JSON.parse(Buffer.from(body).toString()) as JsonValue, { ignoreUnknownFields: true }),
    );
  }
  if (headerValue(headers, "ce-specversion") !== undefined) return fromBinaryEvent(headers, body);
  throw new CodeError("unsupported_content_type", "no content type that is known");
}
