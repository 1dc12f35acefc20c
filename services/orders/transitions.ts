import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import {
  type CancellationReason,
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderInventoryReservedSchema,
  OrderReopenedSchema,
  OrderStatus,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ChargePaymentSchema, RefundPaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { ConcordError, RetryLaterError, type Sql, type TransactionScope } from "@concord/sdk";
import * as orders from "./orders.ts";

/** What every transition needs: the transaction, publishing with it, time and ids. */
export type Transition = TransactionScope<Sql>;

/** Statuses from which an order can still be cancelled. */
const cancellable: ReadonlySet<OrderStatus> = new Set([
  OrderStatus.PENDING,
  OrderStatus.INVENTORY_RESERVED,
  OrderStatus.CONFIRMED,
]);

/** PENDING → INVENTORY_RESERVED; a card is charged at once. A cancelled order stays as it is: its stock is released. */
export async function stockReserved({ tx, publish, send, clock, newId }: Transition, orderId: string): Promise<void> {
  const order = await orders.get(tx, orderId);
  // One that is open again after a refund has its stock already.
  if (order.status !== OrderStatus.PENDING || order.stockHeld) return;
  const card = order.paymentMethod === PaymentMethod.CARD;
  const paymentId = card ? newId() : undefined;
  const change = { status: OrderStatus.INVENTORY_RESERVED, stockHeld: true, ...(paymentId ? { paymentId } : {}) };
  await orders.change(tx, order, change, clock.now());
  await publish(OrderInventoryReservedSchema, { orderId, userId: order.userId });
  if (!paymentId) return;
  await send(ChargePaymentSchema, {
    paymentId,
    orderId,
    userId: order.userId,
    amount: order.total,
    method: PaymentMethod.CARD,
  });
}

/** INVENTORY_RESERVED → CONFIRMED. Money for a cancelled order is sent back. */
export async function paymentCaptured(
  { tx, publish, send, clock }: Transition,
  { orderId, paymentId }: { orderId: string; paymentId: string },
): Promise<void> {
  const order = await orders.get(tx, orderId);
  if (order.status === OrderStatus.CANCELLED) {
    await send(RefundPaymentSchema, { paymentId, orderId });
    return;
  }
  // Told again behind its refund.
  if (order.status === OrderStatus.PENDING && order.paymentId === paymentId) return;
  if (order.status === OrderStatus.PENDING && !order.stockHeld) {
    throw new RetryLaterError({ delayMs: 200, reason: "paid before the stock was reserved" });
  }
  if (order.status !== OrderStatus.PENDING && order.status !== OrderStatus.INVENTORY_RESERVED) return;
  await orders.change(tx, order, { status: OrderStatus.CONFIRMED, paymentId }, clock.now());
  const { userId, lines, total } = order;
  await publish(OrderConfirmedSchema, { orderId, userId, paymentId, lines: [...lines], total });
}

/** CONFIRMED → PENDING, with its stock still held, payable again. A cancelled order stays cancelled. */
export async function paymentRefunded(
  { tx, publish, clock }: Transition,
  { orderId, paymentId }: { orderId: string; paymentId: string },
): Promise<void> {
  const order = await orders.get(tx, orderId);
  if (order.status !== OrderStatus.CONFIRMED || order.paymentId !== paymentId) return;
  await orders.change(tx, order, { status: OrderStatus.PENDING }, clock.now());
  await publish(OrderReopenedSchema, { orderId, userId: order.userId, paymentId });
}

/** Cancels an order that is not shipped yet; one that is cancelled already stays as it is. */
export async function cancel(
  { tx, publish, clock }: Transition,
  { orderId, reason, detail }: { orderId: string; reason: CancellationReason; detail: string },
): Promise<orders.StoredOrder> {
  const order = await orders.get(tx, orderId);
  if (order.status === OrderStatus.CANCELLED) return order;
  if (!cancellable.has(order.status)) {
    throw new ConcordError(
      "failed_precondition",
      `order ${orderId} is ${OrderStatus[order.status]}; it can no longer be cancelled`,
    );
  }
  const change = { status: OrderStatus.CANCELLED, cancellationReason: reason, cancellationDetail: detail };
  const cancelled = await orders.change(tx, order, change, clock.now());
  const { userId, lines, total } = order;
  await publish(OrderCancelledSchema, { orderId, userId, reason, detail, lines: [...lines], total });
  return cancelled;
}

/** Cancels for a reason that came from another service; an order past cancelling is left as it is. */
export async function cancelIfOpen(
  transition: Transition,
  wish: { orderId: string; reason: CancellationReason; detail: string },
): Promise<void> {
  const order = await orders.get(transition.tx, wish.orderId);
  if (cancellable.has(order.status)) await cancel(transition, wish);
}
