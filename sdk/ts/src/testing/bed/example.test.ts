import { InventoryService, StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { createService } from "@concord/sdk";
import { createTestBed } from "@concord/sdk/testing";
import { expect, it } from "vitest";

const inventory = createService({ name: "inventory", contract: InventoryService }).on(
  OrderCreatedSchema,
  async ({ data, publish }) => {
    await publish(StockReservedSchema, { orderId: data.orderId });
  },
);

// #region test
it("reserves the stock of an order, whenever it dies", async () => {
  await using bed = await createTestBed({ services: [inventory] });
  const order = { orderId: "o-1", lines: [{ productId: "keyboard", quantity: 2 }] };
  await bed.publish(OrderCreatedSchema, order);
  await bed.settled();
  expect(await bed.published(StockReservedSchema)).toHaveLength(1);
  await bed.crashEverywhere(() => bed.publish(OrderCreatedSchema, order));
});
// #endregion test
