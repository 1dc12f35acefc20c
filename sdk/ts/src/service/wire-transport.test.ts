import { InventoryService, StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it, vi } from "vitest";
import { silentLog } from "../core/log.ts";
import { openEmbedded } from "../embedded/index.ts";
import { openSqlite } from "../sqlite/index.ts";
import type { ServiceOptions } from "./definition.ts";
import { createService } from "./service.ts";

const theirStream = "production-events-stream";
const natsPubsub = {
  environment: "production",
  stream: theirStream,
  topics: [
    { application: "order-service", topic: "order.created", schema: OrderCreatedSchema },
    { application: "inventory-service", topic: "inventory.reserved", schema: StockReservedSchema },
  ],
};
const created = {
  event_id: "6f1c8b9e-6f0e-4a53-9e0c-0d4f3a2b1c00",
  producer: "order-service",
  message: { order_id: "order-1", lines: [{ product_id: "kb-1", quantity: 1 }], coupon: "SPRING" },
};

function createReserving(options: Pick<ServiceOptions, "natsPubsub">) {
  const database = () => openSqlite({ path: ":memory:" });
  const service = createService({ name: "inventory", contract: InventoryService, database, ...options });
  return service.on(OrderCreatedSchema, async ({ data, publish }) => {
    await publish(StockReservedSchema, { orderId: data.orderId });
  });
}

async function openTheirBroker() {
  const broker = await openEmbedded({ path: ":memory:" });
  const limits = { partitions: 1, retentionMs: 60_000, dedupeWindowMs: 60_000 };
  await broker.provision([{ ...limits, name: theirStream, subjects: ["production.>"] }]);
  return broker;
}

it("lets a service answer the events of a NatsPubsub system in its own words", { timeout: 30_000 }, async () => {
  await using broker = await openTheirBroker();
  const running = await createReserving({ natsPubsub }).start({
    config: { wireFormat: "nats-pubsub", port: 0 },
    transport: broker,
    log: silentLog,
  });
  await broker.publish({
    stream: theirStream,
    subject: "production.order-service.order.created",
    messageId: created.event_id,
    headers: { topic: "order.created" },
    body: Buffer.from(JSON.stringify(created)),
  });
  const answer = await vi.waitUntil(() => broker.get(theirStream, 2n), { timeout: 20_000 });
  expect(answer.subject).toBe("production.inventory-service.inventory.reserved");
  expect(JSON.parse(Buffer.from(answer.body).toString())).toMatchObject({
    topic: "inventory.reserved",
    producer: "inventory",
    message: { order_id: "order-1" },
  });
  await running.close();
});

it("refuses a service that names none of their topics", async () => {
  await using broker = await openTheirBroker();
  const config = { wireFormat: "nats-pubsub", port: 0 } as const;
  const starting = createReserving({}).start({ config, transport: broker, log: silentLog });
  await expect(starting).rejects.toMatchObject({ code: "config", message: expect.stringContaining("natsPubsub") });
});
