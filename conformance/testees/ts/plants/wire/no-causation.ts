import { decodeWire, wireFormats } from "@concord/sdk";
import type { Plant } from "../plant.ts";
import { sending } from "./messages.ts";

/** Forgets what an event follows from. */
export const noCausation: Plant = {
  transport: sending((message) => {
    const isEnvelope = message.headers["content-type"]?.startsWith("application/vnd.concord.envelope");
    const { causationId, ...envelope } = isEnvelope ? decodeWire(message) : { causationId: undefined };
    if (causationId === undefined) return message;
    return { ...message, body: wireFormats.envelope(envelope as never).body };
  }),
};
