import { type Envelope, type WireFormat, type WireMessage, wireFormats } from "@concord/sdk";
import { BadRequest } from "./protocol/error.ts";

/** The protocol's words for the wire formats. */
const modes: Readonly<Record<string, WireFormat>> = {
  env: "envelope",
  "ce-json": "cloudevents-json",
  "ce-binary": "cloudevents-binary",
  "ce-proto": "cloudevents-protobuf",
};

/** Finds a wire format by the protocol's word; the envelope's own without one. */
export function formatOf(mode: string): WireFormat {
  const format = modes[mode || "env"];
  if (format) return format;
  throw new BadRequest(`there is no mode ${mode}`);
}

/** Writes an envelope in a mode. */
export function encodeAs(mode: string, envelope: Envelope): WireMessage {
  return wireFormats[formatOf(mode)](envelope);
}
