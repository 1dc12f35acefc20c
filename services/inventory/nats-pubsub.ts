import { StockRejectedSchema, StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCancelledSchema, OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";

/** What it says and hears in a NatsPubsub system, when it runs with `--codec nats-pubsub`. */
export const natsPubsub = {
  environment: "production",
  stream: "production-events-stream",
  topics: [
    { application: "order-service", topic: "order.created", schema: OrderCreatedSchema },
    { application: "order-service", topic: "order.cancelled", schema: OrderCancelledSchema },
    { application: "inventory-service", topic: "inventory.reserved", schema: StockReservedSchema },
    { application: "inventory-service", topic: "inventory.rejected", schema: StockRejectedSchema },
  ],
};
