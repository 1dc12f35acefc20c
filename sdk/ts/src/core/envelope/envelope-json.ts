import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Envelope as EnvelopeMessage, EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { ConcordError } from "../error.ts";
import { sortAttributes } from "./attributes.ts";
import { createEnvelope } from "./create-envelope.ts";
import type { Envelope } from "./envelope.ts";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes an envelope as protobuf's JSON (https://protobuf.dev/programming-guides/json/), for people and tools; events are
 * never sent in it.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute`
 */
export function encodeEnvelopeJson(envelope: Envelope): string {
  const { attributes, ...fields } = createEnvelope(envelope);
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return JSON.stringify(
    toJson(EnvelopeSchema, create(EnvelopeSchema, { ...given, attributes: { ...sortAttributes(attributes) } })),
  );
}

/**
 * Reads an envelope from protobuf's JSON: names in camel or snake case, 64-bit numbers as text or numbers, base64 in either
 * alphabet; unknown names are passed over, null is unset.
 * @throws {ConcordError} `undecodable`, `invalid_envelope`, `invalid_attribute`
 */
export function decodeEnvelopeJson(json: string | Uint8Array): Envelope {
  const { $typeName: _, $unknown: __, id = "", source = "", type = "", time, ...fields } = parse(json);
  return createEnvelope({ ...fields, id, source, type, time: time && { seconds: time.seconds, nanos: time.nanos } });
}

function parse(json: string | Uint8Array): EnvelopeMessage {
  try {
    const value = JSON.parse(typeof json === "string" ? json : strictUtf8.decode(json), refuseLoneSurrogates);
    return fromJson(EnvelopeSchema, value as JsonValue, { ignoreUnknownFields: true });
  } catch {
    // The cause is left out: its message quotes values.
    throw new ConcordError("undecodable", "the text is no envelope in protobuf's JSON");
  }
}

function refuseLoneSurrogates(name: string, value: unknown): unknown {
  if (name.isWellFormed() && (typeof value !== "string" || value.isWellFormed())) return value;
  throw new TypeError("a lone surrogate");
}
