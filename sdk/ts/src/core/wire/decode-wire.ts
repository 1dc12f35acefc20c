import { decodeBinaryEvent, specVersionHeader } from "../cloudevents/binary-mode.ts";
import { decodeJsonEvent } from "../cloudevents/json-format.ts";
import { decodeProtobufEvent } from "../cloudevents/protobuf-format.ts";
import { decodeEnvelope } from "../envelope/decode-envelope.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { ConcordError } from "../error.ts";
import { envelopeContentType, headerNames } from "../message.ts";
import { jsonEventContentType, protobufEventContentType, toMediaType } from "./content-type.ts";
import type { WireMessage } from "./wire-format.ts";

/** Decoders of bodies that hold the whole envelope, by media type (conformance F1). Batches are not among them. */
const decoders: ReadonlyMap<string, (body: Uint8Array) => Envelope> = new Map([
  [envelopeContentType, decodeEnvelope],
  [protobufEventContentType, decodeProtobufEvent],
  [jsonEventContentType, decodeJsonEvent],
  ["application/cloudevents", decodeJsonEvent],
]);

/**
 * Reads the envelope of a message in whatever format its content type says; a message with a `ce-specversion` and another
 * content type is a CloudEvent in binary mode.
 * @param message header names in lower case, as in a `StoredMessage`
 * @throws {ConcordError} `unsupported_content_type`, `undecodable`, `invalid_envelope`, `invalid_attribute`
 */
export function decodeWire({ headers, body }: WireMessage): Envelope {
  const mediaType = toMediaType(headers[headerNames.contentType]);
  const decode = decoders.get(mediaType);
  if (decode) return decode(body);
  const isBinaryEvent = headers[specVersionHeader] !== undefined && !mediaType.startsWith("application/cloudevents");
  if (isBinaryEvent) return decodeBinaryEvent({ headers, body });
  throw new ConcordError("unsupported_content_type", "the message has no content type that is read here");
}
