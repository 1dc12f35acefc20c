import { readServiceSubject } from "../dead-letter.ts";
import { decodeEnvelope } from "../envelope/decode-envelope.ts";
import { envelopeContentType, headerNames, type OutgoingMessage } from "../message.ts";
import type { Transport } from "../transport.ts";
import { toMediaType } from "./content-type.ts";
import { type WireFormat, wireFormats } from "./wire-format.ts";

/**
 * Wraps a transport so that events and commands are sent in the given format. Outboxes keep envelopes all the same, with
 * the sequence that only they know; dead letters and redrives go as they came, because they keep the original's bytes.
 */
export function sendAs(transport: Transport, format: WireFormat): Transport {
  if (format === "envelope") return transport;
  const convert = (message: OutgoingMessage) => (isOwnEvent(message) ? toFormat(message, format) : message);
  return {
    name: transport.name,
    get features() {
      return transport.features;
    },
    get maxPayloadBytes() {
      return transport.maxPayloadBytes;
    },
    publish: (message, options) => transport.publish(convert(message), options),
    // There or not as the features say, which change with the server.
    publishAtomically: (messages, options) => transport.publishAtomically!(messages.map(convert), options),
    read: (request) => transport.read(request),
    consume: (request) => transport.consume(request),
    provision: (streams, options) => transport.provision(streams, options),
    streamState: (stream, options) => transport.streamState(stream, options),
    get: (stream, sequence, options) => transport.get(stream, sequence, options),
    next: (stream, filter, after, options) => transport.next(stream, filter, after, options),
    remove: (stream, sequence, options) => transport.remove(stream, sequence, options),
    health: () => transport.health(),
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

function isOwnEvent({ subject, headers }: OutgoingMessage): boolean {
  return (
    readServiceSubject(subject) === undefined && toMediaType(headers[headerNames.contentType]) === envelopeContentType
  );
}

/** The hop's own headers stay; what told the envelope's type gives way to what the format needs. */
function toFormat(message: OutgoingMessage, format: WireFormat): OutgoingMessage {
  const { [headerNames.contentType]: _, ...hop } = message.headers;
  const { headers, body } = wireFormats[format](decodeEnvelope(message.body));
  return { ...message, headers: { ...hop, ...headers }, body };
}
