import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { createEnvelope } from "../sdk/ts/src/core/envelope/create-envelope.ts";
import { decodeEnvelope } from "../sdk/ts/src/core/envelope/decode-envelope.ts";
import { encodeEnvelope, encodeEnvelopeParts } from "../sdk/ts/src/core/envelope/encode-envelope.ts";
import type { Bench, Measurement } from "./bench.ts";
import { compareSpeed } from "./compare-speed.ts";

const uuid = (n: number) => `01920000-0000-7000-8000-${String(n).padStart(12, "0")}`;

/** Every field set, as an event in the middle of a business process has them; 912 bytes. */
const fields = {
  id: uuid(1),
  source: "/shop/orders",
  type: "shop.orders.v1.OrderCreated",
  time: { seconds: 1_735_787_045n, nanos: 6 },
  key: `order-${uuid(7)}`,
  sequence: 123_456n,
  idempotencyKey: uuid(7),
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  correlationId: uuid(2),
  causationId: uuid(3),
  dataContentType: "application/protobuf",
  data: Uint8Array.from({ length: 482 }, (_, index) => index * 7),
  tracestate: "rojo=00f067aa0ba902b7",
  dataSchema: "urn:concord:schema:00112233445566778899aabbccddeeff",
  attributes: { tenant: "acme" },
};

const envelope = createEnvelope(fields);
const message = create(EnvelopeSchema, fields);
const bytes = toBinary(EnvelopeSchema, message);
const encode = () => toBinary(EnvelopeSchema, message);
const decode = () => fromBinary(EnvelopeSchema, bytes);

/** The envelope's codec beside protobuf-es, the runtime of every other message. */
export const bench: Bench = {
  title: `Envelope codec beside protobuf-es, ${bytes.length} B, validated on decoding`,
  goals: {
    "encode ÷ protobuf-es": { atLeast: 5 },
    "encode and copy ÷ protobuf-es": { atLeast: 4 },
    "decode ÷ protobuf-es": { atLeast: 2 },
  },
  async measure(): Promise<readonly Measurement[]> {
    return [
      ...compareSpeed("encode", () => encodeEnvelope(envelope), "protobuf-es", encode),
      ...compareSpeed("encode and copy", () => Buffer.from(encodeEnvelope(envelope)), "protobuf-es", encode),
      ...compareSpeed("encode in parts", () => encodeEnvelopeParts(envelope), "protobuf-es", encode),
      ...compareSpeed("decode", () => decodeEnvelope(bytes), "protobuf-es", decode),
    ];
  },
};
