import {
  decodeEnvelopeJson,
  decodeNatsPubsub,
  decodeWire,
  type Envelope,
  encodeEnvelopeJson,
  encodeNatsPubsub,
  type WireFormat,
  type WireMessage,
  wireFormats,
} from "@concord/sdk";
import { defaultType, messageOf } from "./fixtures.ts";
import { BadRequest } from "./protocol/error.ts";

/** The protocol's words for the wire formats. */
const modes: Readonly<Record<string, WireFormat>> = {
  env: "envelope",
  "ce-json": "cloudevents-json",
  "ce-binary": "cloudevents-binary",
  "ce-proto": "cloudevents-protobuf",
};

/** The wire of another system, which is joined rather than written in. */
export const foreignMode = "nats-pubsub";

/** The event of nearly every case, as such a system would name it. */
export const foreignTopic = { application: "foreign", topic: "event.counted", schema: messageOf(defaultType) };

/** The envelope's own JSON is for people and tools; nothing is sent in it. */
const jsonType = "application/vnd.concord.envelope.v1+json";

/** Finds a wire format by the protocol's word; the envelope's own without one. */
export function formatOf(mode: string): WireFormat {
  const format = modes[mode || "env"];
  if (format) return format;
  throw new BadRequest(`there is no mode ${mode}`);
}

/** Writes an envelope in a mode. */
export function encodeAs(mode: string, envelope: Envelope): WireMessage {
  if (mode === foreignMode) return encodeNatsPubsub(envelope, foreignTopic);
  if (mode === "json")
    return { headers: { "content-type": jsonType }, body: Buffer.from(encodeEnvelopeJson(envelope)) };
  return wireFormats[formatOf(mode)](envelope);
}

/** Reads an envelope in whatever mode its headers say. */
export function decodeAny(message: WireMessage): Envelope {
  if (message.headers["content-type"] === undefined && message.headers.topic === foreignTopic.topic) {
    return decodeNatsPubsub(message.body, foreignTopic);
  }
  return message.headers["content-type"] === jsonType ? decodeEnvelopeJson(message.body) : decodeWire(message);
}
