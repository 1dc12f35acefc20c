import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import {
  CancellationReason,
  OrderCancelledSchema,
  OrderService,
  OrderStatus,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import { createTestBed } from "@concord/sdk/testing";
import { expect, it } from "vitest";
import { inventory } from "../inventory/service.ts";
import { createOrders } from "./service.ts";
import { payWithinMs } from "./unpaid.ts";

/** Longer than the pause between two looks. */
const lookMs = 30_000;

async function openOrders() {
  const bed = await createTestBed({ services: [inventory, createOrders({ askUser: async () => {} })] });
  await bed.settled();
  const orders = bed.client(OrderService);
  /** Time goes on step by step, so that what is due happens on its way. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += lookMs) {
      bed.clock.advance(Math.min(lookMs, ms - passed));
      await bed.settled();
    }
  };
  const place = async () => {
    const items = [{ productId: "phone", quantity: 1 }];
    const { order } = await orders.createOrder({ userId: "1", items, paymentMethod: PaymentMethod.BALANCE });
    await bed.settled();
    return order?.orderId ?? "";
  };
  const status = async (orderId: string) => (await orders.getOrder({ orderId })).order?.status;
  return { bed, orders, place, pass, status };
}

it("cancels an order that is not paid within 15 minutes, not before, and gives its stock free", async () => {
  const { bed, orders, place, pass, status } = await openOrders();
  await using _ = bed;
  const orderId = await place();
  await pass(payWithinMs - lookMs);
  expect(await status(orderId)).toBe(OrderStatus.INVENTORY_RESERVED);
  await pass(2 * lookMs);
  expect((await orders.getOrder({ orderId })).order).toMatchObject({
    status: OrderStatus.CANCELLED,
    cancellationReason: CancellationReason.UNPAID,
    cancellationDetail: "not paid within 15 minutes",
  });
  const stock = await bed.client(InventoryService).getStock({ productId: "phone" });
  expect(stock).toMatchObject({ quantity: 25, reserved: 0 });
  await pass(2 * lookMs);
  expect(await bed.published(OrderCancelledSchema)).toHaveLength(1);
});

it("leaves orders alone that were placed later", async () => {
  const { bed, place, pass, status } = await openOrders();
  await using _ = bed;
  const early = await place();
  await pass(payWithinMs / 2);
  const late = await place();
  await pass(payWithinMs / 2 + lookMs);
  expect([await status(early), await status(late)]).toEqual([OrderStatus.CANCELLED, OrderStatus.INVENTORY_RESERVED]);
});
