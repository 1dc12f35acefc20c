import {
  CancellationReason,
  OrderDeliveredSchema,
  OrderShippedSchema,
  OrderStatus,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ConcordError } from "@concord/sdk";
import * as orders from "./orders.ts";
import { requireNoRefund } from "./refunds.ts";
import { cancel, type Transition } from "./transitions.ts";

/** Moves an order as staff asks: CONFIRMED → SHIPPED → DELIVERED, or CANCELLED. Asked twice, it moves once. */
export async function moveByStaff(
  transition: Transition,
  { orderId, status }: { orderId: string; status: OrderStatus },
): Promise<orders.StoredOrder> {
  if (status === OrderStatus.CANCELLED) {
    return cancel(transition, { orderId, reason: CancellationReason.BY_STAFF, detail: "cancelled by the shop" });
  }
  const { tx, publish, clock } = transition;
  const order = await orders.get(tx, orderId);
  if (order.status === status) return order;
  const from = status === OrderStatus.SHIPPED ? OrderStatus.CONFIRMED : OrderStatus.SHIPPED;
  if (order.status !== from) {
    const message = `order ${orderId} is ${OrderStatus[order.status]}; only a ${OrderStatus[from]} one becomes ${OrderStatus[status]}`;
    throw new ConcordError("failed_precondition", message);
  }
  if (status === OrderStatus.SHIPPED) requireNoRefund(order);
  const moved = await orders.change(tx, order, { status }, clock.now());
  const schema = status === OrderStatus.SHIPPED ? OrderShippedSchema : OrderDeliveredSchema;
  await publish(schema, { orderId, userId: order.userId });
  return moved;
}
