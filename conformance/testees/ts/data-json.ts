import { fromBinary, fromJson, type JsonValue, type MessageInitShape, toBinary, toJson } from "@bufbuild/protobuf";
import type { PlainEnvelope, PlainEnvelopeSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { ConcordError, type WireMessage } from "@concord/sdk";
import { messageOf } from "./fixtures.ts";
import { fromBytes, toBytes } from "./protocol/bytes.ts";

const typeHeader = "concord-type";

/** Writes the data message of an envelope as JSON, to see that languages agree about that too. */
export function encodeData(envelope: PlainEnvelope | undefined): WireMessage {
  const type = envelope?.type ?? "";
  const schema = messageOf(type);
  const json = toJson(schema, fromBinary(schema, toBytes(envelope?.data) ?? new Uint8Array()));
  return {
    headers: { "content-type": "application/json", [typeHeader]: type },
    body: Buffer.from(JSON.stringify(json)),
  };
}

/** Tells a data message as JSON from an event. */
export function isData({ headers }: WireMessage): boolean {
  return headers["content-type"] === "application/json" && headers[typeHeader] !== undefined;
}

/** Reads the data message back. */
export function decodeData({ headers, body }: WireMessage): MessageInitShape<typeof PlainEnvelopeSchema> {
  const type = headers[typeHeader] ?? "";
  const schema = messageOf(type);
  try {
    const message = fromJson(schema, JSON.parse(Buffer.from(body).toString()) as JsonValue);
    return { type, data: fromBytes(toBinary(schema, message)) };
  } catch (cause) {
    throw new ConcordError("undecodable", `the body is no ${type} in JSON`, { cause });
  }
}
