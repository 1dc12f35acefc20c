import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { describe, expect, it } from "vitest";
import { openEmbedded } from "../../embedded/index.ts";
import { createPublisher } from "../../publish/create-publisher.ts";
import { createValidation } from "../../validation/validation.ts";
import { systemClock } from "../clock.ts";
import { createContractReader } from "../contract/contract-reader.ts";
import { deadLetterMessage } from "../dead-letter.ts";
import type { ConcordError } from "../error.ts";
import type { OutgoingMessage } from "../message.ts";
import { createEventPreparer } from "../prepare-event.ts";
import type { Transport } from "../transport.ts";
import { createIdGenerator } from "../uuid7.ts";
import { decodeWire } from "./decode-wire.ts";
import { sendAs } from "./send-as.ts";
import type { WireFormat } from "./wire-format.ts";

const order = {
  orderId: "order-1",
  userId: "u",
  lines: [{ productId: "kb-1", quantity: 1 }],
  total: { minorUnits: 1n, currency: "USD" },
};
const stream = { partitions: 8, retentionMs: 60_000, dedupeWindowMs: 60_000 };

async function open(format: WireFormat) {
  const sent: OutgoingMessage[] = [];
  const embedded = await openEmbedded({ path: ":memory:" });
  await embedded.provision([
    { ...stream, name: "evt-orders", subjects: ["evt.orders.>"] },
    { ...stream, name: "dlq-mail", subjects: ["dlq.mail.>"] },
  ]);
  const publish: Transport["publish"] = (message, options) => {
    sent.push(message);
    return embedded.publish(message, options);
  };
  const watched = sendAs({ ...embedded, publish }, format);
  const preparer = createEventPreparer({
    service: "orders",
    source: "/shop/orders",
    contracts: createContractReader(),
    validate: createValidation(),
    ids: createIdGenerator({ clock: systemClock, random: Math.random }),
    maxPayloadBytes: () => watched.maxPayloadBytes,
    format,
  });
  return { sent, transport: watched, publisher: createPublisher({ transport: watched, preparer }) };
}

describe("sending in another format", () => {
  it.each([
    ["cloudevents-json", "application/cloudevents+json"],
    ["cloudevents-binary", "application/protobuf"],
    ["cloudevents-protobuf", "application/cloudevents+protobuf"],
  ] as const)("writes %s under the same subject and message id", async (format, contentType) => {
    const { sent, publisher, transport } = await open(format);
    const { id } = await publisher.publish(OrderCreatedSchema, order);
    expect(sent).toMatchObject([
      {
        messageId: `/shop/orders/${id}`,
        subject: "evt.orders.5.order-1.shop.orders.v1.OrderCreated",
        headers: { "content-type": contentType },
      },
    ]);
    expect(decodeWire(sent[0]!)).toMatchObject({ id, key: "order-1" });
    await transport.close();
  });

  it("leaves dead letters as they are: they keep the bytes of the original", async () => {
    const { sent, publisher, transport } = await open("envelope");
    await publisher.publish(OrderCreatedSchema, order);
    const message = { ...sent[0]!, sequence: 1n, storedAtMs: 1 };
    const letter = deadLetterMessage({
      service: "mail",
      message,
      reason: "terminal",
      error: "terminal",
      attempts: 1,
      redrives: 0,
    });
    const other = await open("cloudevents-json");
    await other.transport.publish(letter);
    expect(other.sent[0]!.body).toEqual(message.body);
    await Promise.all([transport.close(), other.transport.close()]);
  });

  it("checks the size of what is sent, before it is stored (T17)", async () => {
    const { publisher, transport, sent } = await open("cloudevents-json");
    const attributes = { note: "x".repeat(1_040_000) };
    const error = await publisher.publish(OrderCreatedSchema, order, { attributes }).catch((thrown: unknown) => thrown);
    expect((error as ConcordError).code).toBe("too_large");
    expect(sent).toEqual([]);
    await transport.close();
  });
});
