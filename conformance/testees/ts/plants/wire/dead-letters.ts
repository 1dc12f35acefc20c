import { decodeWire, type WireMessage, wireFormats } from "@concord/sdk";
import type { Plant } from "../plant.ts";
import { altered, delivering, isDeadLetter, replacing, sending } from "./messages.ts";

/** Drops the fields of an envelope that it does not know, as soon as it has read it. */
export const stripsUnknown: Plant = {
  transport: delivering((delivery) => altered(delivery, { body: rewritten(delivery) })),
};

/** Encodes an envelope anew for its dead letter, in its own order of fields. */
export const reEncodes: Plant = {
  transport: sending((message) => (isDeadLetter(message) ? { ...message, body: rewritten(message) } : message)),
};

function rewritten(message: WireMessage): Uint8Array {
  const isProtobufEvent = message.headers["content-type"] === "application/cloudevents+protobuf";
  return wireFormats[isProtobufEvent ? "cloudevents-protobuf" : "envelope"](decodeWire(message)).body;
}

/** Puts the text of the error beside the dead letter, where payloads get out (trap T28). */
export const stackInHeader: Plant = {
  transport: sending((message) =>
    isDeadLetter(message)
      ? { ...message, headers: { ...message.headers, "concord-stack": "e".repeat(1_000) } }
      : message,
  ),
};

/** Takes the event for done before its dead letter is stored. */
export const termFirst: Plant = {
  transport: (transport) =>
    replacing(transport, {
      async publish(message, options) {
        if (!isDeadLetter(message)) return transport.publish(message, options);
        transport.publish(message, options).catch(() => {});
        return { stream: message.stream, sequence: 0n, duplicate: false };
      },
    }),
};
