import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  ChargePaymentSchema,
  DeclineReason,
  PaymentStatus,
  type PayOrderRequest,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { ConcordError, type RpcContext, type Sql } from "@concord/sdk";
import * as payments from "./payments.ts";
import { type Peers, withinCall } from "./peers.ts";
import { untilLeft } from "./wait.ts";

/**
 * Pays an order from its owner's balance and gives the payment when the order is CONFIRMED. The payment and the command to
 * charge it are one commit; a call that is repeated by its key goes on with the payment of the first one.
 */
export async function payOrder(
  request: Pick<PayOrderRequest, "orderId" | "userId">,
  context: RpcContext<Sql, Sql>,
  peers: Peers,
): Promise<payments.StoredPayment> {
  const checked = checkPayable(request, context, peers);
  await Promise.allSettled([checked]);
  const paymentId = await context.transaction(async ({ tx, send, clock, newId }) => {
    // Refused here and not before: a call repeated by its key is not refused because it has paid.
    const amount = await checked;
    const command = { ...request, paymentId: newId(), amount, method: PaymentMethod.BALANCE };
    if (!(await payments.insert(tx, command, clock.now()))) {
      throw new ConcordError("failed_precondition", `order ${request.orderId} has a payment already`);
    }
    await send(ChargePaymentSchema, command);
    return command.paymentId;
  });
  const payment = await untilLeft(context, paymentId, PaymentStatus.PENDING);
  if (payment.status === PaymentStatus.DECLINED) throw declined(payment);
  if (payment.status === PaymentStatus.CAPTURED)
    await untilOrder(request.orderId, OrderStatus.CONFIRMED, context, peers);
  return payment;
}

/** Answers when the order has a status or can no longer reach it, within the time that the caller has left. */
export async function untilOrder(
  orderId: string,
  waitFor: OrderStatus,
  context: Pick<RpcContext, "signal" | "timeLeftMs">,
  { orders }: Peers,
) {
  const { order } = await orders().getOrder({ orderId, waitFor }, withinCall(context));
  if (order) return order;
  throw new ConcordError("internal", `orders answered without order ${orderId}`);
}

/** Gives what is to pay, or refuses an order that this user cannot pay now. */
async function checkPayable(
  { orderId, userId }: Pick<PayOrderRequest, "orderId" | "userId">,
  context: RpcContext<Sql, Sql>,
  peers: Peers,
): Promise<payments.StoredPayment["amount"]> {
  const order = await untilOrder(orderId, OrderStatus.INVENTORY_RESERVED, context, peers);
  if (order.userId !== userId) throw new ConcordError("permission_denied", `order ${orderId} is another user's`);
  if (!order.payable || !order.total) {
    throw new ConcordError(
      "failed_precondition",
      `order ${orderId} is ${OrderStatus[order.status]}; it cannot be paid`,
    );
  }
  const { minorUnits, currency } = order.total;
  const { balance } = await peers.users().getBalance({ userId }, { signal: context.signal });
  if (balance?.currency !== currency || balance.minorUnits < minorUnits) throw tooLittle(orderId);
  return { minorUnits, currency };
}

function declined({ orderId, declineReason }: payments.StoredPayment): ConcordError {
  if (declineReason === DeclineReason.INSUFFICIENT_FUNDS) return tooLittle(orderId);
  return new ConcordError("failed_precondition", `order ${orderId} was cancelled before it was paid`);
}

function tooLittle(orderId: string): ConcordError {
  return new ConcordError("invalid_argument", `order_id: the balance is too small for order ${orderId}`, {
    details: { field: "order_id" },
  });
}
