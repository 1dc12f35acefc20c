import {
  CancellationReason,
  OrderCancelledSchema,
  OrderDeliveredSchema,
  OrderService,
  OrderShippedSchema,
  OrderStatus,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import { createTestBed } from "@concord/sdk/testing";
import { expect, it } from "vitest";
import { inventory } from "../inventory/service.ts";
import { createSimulatedProvider } from "../payments/provider.ts";
import { createPayments } from "../payments/service.ts";
import { createOrders } from "./service.ts";

async function openOrders() {
  const services = [inventory, createOrders({ askUser: async () => {} }), createPayments(createSimulatedProvider())];
  const bed = await createTestBed({ services });
  await bed.settled();
  const orders = bed.client(OrderService);
  const place = async () => {
    const { order } = await orders.createOrder({ userId: "ada", items: [{ productId: "phone", quantity: 1 }] });
    await bed.settled();
    return order?.orderId ?? "";
  };
  const move = async (orderId: string, status: OrderStatus) =>
    (await orders.updateOrderStatus({ orderId, status })).order;
  return { bed, place, move };
}

const { SHIPPED, DELIVERED, CANCELLED } = OrderStatus;

it("is moved by staff from CONFIRMED to SHIPPED to DELIVERED, each once, and never past one (S6)", async () => {
  const { bed, place, move } = await openOrders();
  await using _ = bed;
  const orderId = await place();
  await expect(move(orderId, DELIVERED)).rejects.toMatchObject({
    code: "failed_precondition",
    message: `order ${orderId} is CONFIRMED; only a SHIPPED one becomes DELIVERED`,
  });
  for (const status of [SHIPPED, SHIPPED, DELIVERED, DELIVERED]) {
    expect(await move(orderId, status)).toMatchObject({ status });
  }
  for (const status of [SHIPPED, CANCELLED]) {
    await expect(move(orderId, status)).rejects.toMatchObject({ code: "failed_precondition" });
  }
  expect(await bed.published(OrderShippedSchema)).toHaveLength(1);
  expect(await bed.published(OrderDeliveredSchema)).toHaveLength(1);
});

it("is cancelled by staff once, and never shipped then", async () => {
  const { bed, place, move } = await openOrders();
  await using _ = bed;
  const orderId = await place();
  for (let times = 0; times < 2; times++) {
    expect(await move(orderId, CANCELLED)).toMatchObject({
      status: CANCELLED,
      cancellationReason: CancellationReason.BY_STAFF,
    });
  }
  await expect(move(orderId, SHIPPED)).rejects.toMatchObject({ code: "failed_precondition" });
  await expect(move("none", SHIPPED)).rejects.toMatchObject({ code: "not_found" });
  expect(await bed.published(OrderCancelledSchema)).toHaveLength(1);
});
