import { OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentStatus } from "@concord/gen/shop/payments/v1/payments_pb.js";
import type { RpcContext, Sql } from "@concord/sdk";
import { requireCaptured } from "./movements.ts";
import { untilOrder } from "./pay-order.ts";
import type { StoredPayment } from "./payments.ts";
import { type Peers, withinCall } from "./peers.ts";
import { untilLeft } from "./wait.ts";

/**
 * Gives a captured payment's money back and answers when its order shows it. Orders decides whether that may be, and sends the
 * command that moves the money in the commit that keeps the order from being shipped, so that a crash on the way is made good
 * without a second call.
 */
export async function refundPayment(
  payment: StoredPayment,
  context: RpcContext<Sql, Sql>,
  peers: Peers,
): Promise<StoredPayment> {
  const { paymentId, orderId, status } = payment;
  if (status === PaymentStatus.REFUNDED) return payment;
  requireCaptured(payment);
  // What was shipped comes back to staff; without credentials nobody is.
  const goodsReturn = context.caller?.roles.includes("staff") ?? false;
  await peers.orders().beginRefund({ orderId, paymentId, goodsReturn }, withinCall(context));
  const refunded = await untilLeft(context, paymentId, PaymentStatus.CAPTURED);
  await untilOrder(orderId, OrderStatus.PENDING, context, peers);
  return refunded;
}
