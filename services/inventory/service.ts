import {
  InventoryService,
  ProductListedSchema,
  StockRejectedSchema,
  StockReleasedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCancelledSchema, OrderCreatedSchema, OrderShippedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { createService } from "@concord/sdk";
import { natsPubsub } from "./nats-pubsub.ts";
import { startProducts } from "./start-data.ts";
import * as stock from "./stock.ts";

/** Knows what is on hand and holds it for orders. */
export const inventory = createService({
  name: "inventory",
  migrations: new URL("./migrations/", import.meta.url),
  natsPubsub,
  seed: async ({ tx, publish }) => {
    for (const product of startProducts) await publish(ProductListedSchema, await stock.put(tx, product));
  },
});

inventory.on(OrderCreatedSchema, async ({ data, tx, publish }) => {
  const missing = await stock.reserve(tx, data);
  if (missing) await publish(StockRejectedSchema, { orderId: data.orderId, ...missing });
  else await publish(StockReservedSchema, { orderId: data.orderId });
});

inventory.on(OrderCancelledSchema, async ({ data, tx, publish }) => {
  if (await stock.release(tx, data.orderId)) await publish(StockReleasedSchema, { orderId: data.orderId });
});

inventory.on(OrderShippedSchema, async ({ data, tx }) => {
  await stock.sell(tx, data.orderId);
});

inventory.rpc(InventoryService, {
  getStock: ({ productId }, { db }) => stock.get(db, productId),
  putProduct: (request, { transaction }) =>
    transaction(async ({ tx, publish }) => {
      const product = await stock.put(tx, request);
      await publish(ProductListedSchema, product);
      return product;
    }),
});

if (import.meta.main) await inventory.run();
