import { StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderConfirmedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { describe, expect, it } from "vitest";
import { createAcknowledgingConsumer } from "../../consume/acknowledging-consumer.ts";
import { createRouter } from "../../consume/router.ts";
import { openEmbedded } from "../../embedded/index.ts";
import { createPublisher } from "../../publish/create-publisher.ts";
import { createValidation } from "../../validation/validation.ts";
import { systemClock } from "../clock.ts";
import { createContractReader } from "../contract/contract-reader.ts";
import type { StoredMessage } from "../message.ts";
import { createEventPreparer } from "../prepare-event.ts";
import { createIdGenerator } from "../uuid7.ts";
import { joinNatsPubsub } from "./join-system.ts";

const stream = { partitions: 1, retentionMs: 60_000, dedupeWindowMs: 60_000 };
const theirStream = "production-events-stream";
const reserved = {
  event_id: "6f1c8b9e-6f0e-4a53-9e0c-0d4f3a2b1c00",
  schema_version: 1,
  topic: "inventory.reserved",
  producer: "inventory-service",
  occurred_at: "2025-01-02T03:04:05.678Z",
  trace_id: "trace-1",
  message: { order_id: "order-1", extra: true },
};

async function join() {
  const broker = await openEmbedded({ path: ":memory:" });
  await broker.provision([
    { ...stream, name: theirStream, subjects: ["production.>"] },
    { ...stream, name: "dlq-orders", subjects: ["dlq.orders.>"] },
    { ...stream, name: "rdr-orders", subjects: ["rdr.orders.>"] },
  ]);
  const transport = joinNatsPubsub(broker, {
    environment: "production",
    stream: theirStream,
    topics: [
      { application: "order-service", topic: "order.confirmed", schema: OrderConfirmedSchema },
      { application: "inventory-service", topic: "inventory.reserved", schema: StockReservedSchema },
    ],
  });
  return { broker, transport };
}

describe("joining a NatsPubsub system", () => {
  it("publishes in its JSON, under its subject, with the event's id as the message id", async () => {
    const { broker, transport } = await join();
    const preparer = createEventPreparer({
      service: "orders",
      source: "/shop/orders",
      contracts: createContractReader(),
      validate: createValidation(),
      ids: createIdGenerator({ clock: systemClock, random: Math.random }),
      maxPayloadBytes: () => 1_048_576,
    });
    const order = { orderId: "order-1", userId: "u", paymentId: "p", total: { minorUnits: 1n, currency: "USD" } };
    const { id } = await createPublisher({ transport, preparer }).publish(OrderConfirmedSchema, {
      ...order,
      lines: [{ productId: "kb-1", quantity: 1 }],
    });
    const message = (await broker.get(theirStream, 1n)) as StoredMessage;
    expect(message).toMatchObject({
      subject: "production.order-service.order.confirmed",
      headers: { topic: "order.confirmed" },
    });
    expect(JSON.parse(Buffer.from(message.body).toString())).toMatchObject({
      event_id: id,
      schema_version: 1,
      topic: "order.confirmed",
      producer: "orders",
      resource_id: "order-1",
      message: { order_id: "order-1", payment_id: "p" },
    });
    await broker.close();
  });

  it("hands their events to our handlers, and makes a dead letter of what is none", async () => {
    const { broker, transport } = await join();
    const subject = "production.inventory-service.inventory.reserved";
    const send = (messageId: string, body: string) =>
      broker.publish({
        stream: theirStream,
        subject,
        messageId,
        headers: { topic: "inventory.reserved" },
        body: Buffer.from(body),
      });
    await send("1", "no json");
    await send("2", JSON.stringify(reserved));
    const handled = Promise.withResolvers<unknown>();
    const router = createRouter().on(StockReservedSchema, ({ envelope, data }) => handled.resolve({ envelope, data }));
    const never = () => Promise.reject(new Error("nothing is published"));
    const scopeOf = () => ({ tx: undefined, db: undefined, publish: never, send: never, publishAll: never });
    const consumer = createAcknowledgingConsumer({
      service: "orders",
      transport,
      router,
      scopeOf,
      clock: systemClock,
      random: Math.random,
    });
    await consumer.start();
    expect(await handled.promise).toMatchObject({
      envelope: { id: reserved.event_id, source: "/inventory-service", key: "order-1", correlationId: "trace-1" },
      data: { orderId: "order-1" },
    });
    const letter = await broker.get("dlq-orders", 1n);
    expect(letter).toMatchObject({
      headers: { "concord-reason": "invalid", "concord-error": "unsupported_content_type" },
    });
    expect(Buffer.from(letter!.body).toString()).toBe("no json");
    await consumer.drain();
    await broker.close();
  });
});
