import { OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentStatus, RefundPaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import type { RpcContext, Sql } from "@concord/sdk";
import { requireCaptured } from "./movements.ts";
import { untilOrder } from "./pay-order.ts";
import * as payments from "./payments.ts";
import type { Peers } from "./peers.ts";
import { untilLeft } from "./wait.ts";

/**
 * Gives a captured payment's money back and answers when its order shows it. The money is moved by the command, so that a
 * crash on the way is made good without a second call.
 */
export async function refundPayment(
  { paymentId }: { readonly paymentId: string },
  context: RpcContext<Sql, Sql>,
  peers: Peers,
): Promise<payments.StoredPayment> {
  const asked = await context.transaction(async ({ tx, send }) => {
    const payment = await payments.get(tx, paymentId);
    if (payment.status === PaymentStatus.REFUNDED) return false;
    requireCaptured(payment);
    await send(RefundPaymentSchema, { paymentId, orderId: payment.orderId });
    return true;
  });
  const payment = await untilLeft(context, paymentId, PaymentStatus.CAPTURED);
  if (asked) await untilOrder(payment.orderId, OrderStatus.PENDING, context, peers);
  return payment;
}
