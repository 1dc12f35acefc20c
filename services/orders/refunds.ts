import { OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { RefundPaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { ConcordError } from "@concord/sdk";
import * as orders from "./orders.ts";
import type { Transition } from "./transitions.ts";

/** Statuses of orders that a payment has paid for; the goods of the last two are gone. */
const paid: readonly OrderStatus[] = [OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED];
const gone: readonly OrderStatus[] = [OrderStatus.SHIPPED, OrderStatus.DELIVERED];

/**
 * Notes that a payment's money goes back and sends the command to give it, in one commit: of a refund and a shipping at once
 * one is refused. A refund that has begun already is not begun again.
 * @throws {ConcordError} `failed_precondition` when the goods are gone and do not return, or another payment has paid.
 */
export async function beginRefund(
  { tx, send, clock }: Transition,
  { orderId, paymentId, goodsReturn }: { orderId: string; paymentId: string; goodsReturn: boolean },
): Promise<orders.StoredOrder> {
  const order = await orders.get(tx, orderId);
  // What is not paid yet is about to hear of its payment.
  if (paid.includes(order.status) && order.paymentId !== paymentId) {
    throw new ConcordError("failed_precondition", `order ${orderId} is paid by another payment than ${paymentId}`);
  }
  if (order.refundingPaymentId === paymentId) return order;
  if (gone.includes(order.status) && !goodsReturn) {
    const message = `order ${orderId} is ${OrderStatus[order.status]}; ask staff to take it back`;
    throw new ConcordError("failed_precondition", message);
  }
  const noted = await orders.change(tx, order, { refundingPaymentId: paymentId }, clock.now());
  await send(RefundPaymentSchema, { paymentId, orderId });
  return noted;
}

/** @throws {ConcordError} `failed_precondition` while the money that paid the order goes back. */
export function requireNoRefund({ orderId, paymentId, refundingPaymentId }: orders.StoredOrder): void {
  if (refundingPaymentId === undefined || refundingPaymentId !== paymentId) return;
  throw new ConcordError("failed_precondition", `order ${orderId} is being refunded; it cannot be shipped`);
}
