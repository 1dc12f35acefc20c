import protobufjs from "protobufjs";
import type { JsonObject } from "../../runner/suite/json.ts";
import { plainFromJson, plainToJson } from "../../runner/wire/plain-envelope.ts";

// Texts are read as bytes and checked here: protobufjs replaces what is no UTF-8.
const { root } = protobufjs.parse(
  `
  syntax = "proto3";
  message Time { int64 seconds = 1; int32 nanos = 2; }
  message Envelope {
    optional bytes id = 1; optional bytes source = 2; optional bytes type = 3; optional Time time = 4; optional bytes key = 5;
    optional uint64 sequence = 6; optional bytes idempotency_key = 7; optional bytes traceparent = 8;
    optional bytes correlation_id = 9; optional bytes causation_id = 10; optional bytes data_content_type = 11;
    optional bytes data = 12; optional bytes tracestate = 16; optional bytes data_schema = 17; repeated Entry attributes = 18;
  }
  message Entry { bytes key = 1; bytes value = 2; }
`,
  { keepCase: true },
);
const envelope = root.lookupType("Envelope");
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Decoded {
  readonly [name: string]: unknown;
  readonly time?: { seconds?: { toString(): string }; nanos?: number };
  readonly attributes?: { key?: Uint8Array; value?: Uint8Array }[];
  readonly data?: Uint8Array;
  readonly sequence?: { toString(): string };
}

/** Reads an envelope with protobufjs, in the words of the testee protocol. */
export function readBySecondRuntime(body: Uint8Array): JsonObject {
  const decoded = envelope.toObject(envelope.decode(body), {}) as Decoded;
  const { time, attributes = [], data, sequence, ...texts } = decoded;
  const json: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(texts)) json[name] = utf8.decode(value as Uint8Array);
  if (data !== undefined) json.data = Buffer.from(data).toString("hex");
  if (sequence !== undefined) json.sequence = sequence.toString();
  json.attributes = Object.fromEntries(attributes.map(({ key, value }) => [text(key), text(value)]));
  const plain = plainFromJson(json as JsonObject);
  if (time) {
    const { seconds, nanos } = { seconds: BigInt(time.seconds?.toString() ?? 0), nanos: time.nanos ?? 0 };
    plain.time = { $typeName: "google.protobuf.Timestamp", seconds, nanos };
  }
  return plainToJson(plain);
}

function text(bytes: Uint8Array | undefined): string {
  return utf8.decode(bytes ?? new Uint8Array());
}
