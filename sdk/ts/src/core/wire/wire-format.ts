import { encodeBinaryEvent } from "../cloudevents/binary-mode.ts";
import { encodeJsonEvent } from "../cloudevents/json-format.ts";
import { encodeProtobufEvent } from "../cloudevents/protobuf-format.ts";
import { encodeEnvelope } from "../envelope/encode-envelope.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { envelopeContentType, type Headers, headerNames } from "../message.ts";
import { jsonEventContentType, protobufEventContentType } from "./content-type.ts";

/** An envelope as it stands in a message. */
export interface WireMessage {
  /** The content type and, in binary mode, the attributes; not those of the hop. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * Writes an envelope as a message.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute`
 */
export type WireEncoder = (envelope: Envelope) => WireMessage;

/** One of the formats that events are sent in. */
export type WireFormat = "envelope" | "cloudevents-json" | "cloudevents-binary" | "cloudevents-protobuf";

/**
 * The formats that events are sent in; readers take all of them by content type. `envelope` is the smallest, fastest and
 * default; CloudEvents are for systems that know nothing of Concord.
 */
export const wireFormats: Readonly<Record<WireFormat, WireEncoder>> = {
  envelope: (envelope) => typed(envelopeContentType, encodeEnvelope(envelope)),
  "cloudevents-json": (envelope) => typed(jsonEventContentType, encodeJsonEvent(envelope)),
  "cloudevents-binary": encodeBinaryEvent,
  "cloudevents-protobuf": (envelope) => typed(protobufEventContentType, encodeProtobufEvent(envelope)),
};

function typed(contentType: string, body: Uint8Array): WireMessage {
  return { headers: { [headerNames.contentType]: contentType }, body };
}
