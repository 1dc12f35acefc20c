import {
  type ChargePayment,
  DeclineReason,
  PaymentCapturedSchema,
  PaymentDeclinedSchema,
  PaymentRefundedSchema,
  PaymentStatus,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { ConcordError, type Sql, TerminalError, type TransactionScope } from "@concord/sdk";
import * as payments from "./payments.ts";
import type { Provider } from "./provider.ts";

/** What every movement needs. */
export interface Movements extends TransactionScope<Sql> {
  readonly provider: Provider;
}

/**
 * Takes an order's money once: the operation is the payment's id, so that a run after a crash asks the provider for the
 * same movement. An order cancelled before is not charged.
 */
export async function charge(scope: Movements, command: ChargePayment): Promise<void> {
  const { tx, clock, provider } = scope;
  const amount = command.amount;
  if (!amount) throw new TerminalError(`payment ${command.paymentId} names no amount`);
  const payment = await payments.open(tx, { ...command, amount }, clock.now());
  if (payment.status !== PaymentStatus.PENDING) return;
  if (await payments.isChargeForbidden(tx, payment.orderId)) {
    return decline(scope, payment, DeclineReason.ORDER_CANCELLED);
  }
  const movement = { operationId: payment.paymentId, ...payment.amount };
  if (!(await provider.charge(movement))) return decline(scope, payment, DeclineReason.BY_PROVIDER);
  await capture(scope, payment);
}

/** Gives a captured payment's money back, once. */
export async function refund(scope: Movements, paymentId: string): Promise<payments.StoredPayment> {
  const { tx, publish, clock, provider } = scope;
  const payment = await payments.get(tx, paymentId);
  if (payment.status === PaymentStatus.REFUNDED) return payment;
  if (payment.status !== PaymentStatus.CAPTURED) {
    throw new ConcordError(
      "failed_precondition",
      `payment ${paymentId} is ${PaymentStatus[payment.status]}; nothing to refund`,
    );
  }
  const operationId = `${paymentId}/refund`;
  await provider.refund({ operationId, ...payment.amount });
  const { minorUnits, currency } = payment.amount;
  await payments.recordMovement(tx, { operationId, paymentId, minorUnits: -minorUnits, currency });
  await payments.setStatus(tx, paymentId, { status: PaymentStatus.REFUNDED, nowMs: clock.now() });
  const { orderId, userId, amount } = payment;
  await publish(PaymentRefundedSchema, { paymentId, orderId, userId, amount });
  return { ...payment, status: PaymentStatus.REFUNDED };
}

/** Refunds a cancelled order, or sees to it that it is never charged. */
export async function orderCancelled(scope: Movements, orderId: string): Promise<void> {
  await payments.forbidCharge(scope.tx, orderId);
  const captured = await payments.findCaptured(scope.tx, orderId);
  if (captured) await refund(scope, captured.paymentId);
}

async function capture({ tx, publish, clock }: Movements, payment: payments.StoredPayment): Promise<void> {
  const { paymentId, orderId, userId, amount, method } = payment;
  await payments.recordMovement(tx, { operationId: paymentId, paymentId, ...amount });
  await payments.setStatus(tx, paymentId, { status: PaymentStatus.CAPTURED, nowMs: clock.now() });
  await publish(PaymentCapturedSchema, { paymentId, orderId, userId, amount, method });
}

async function decline(
  { tx, publish, clock }: Movements,
  payment: payments.StoredPayment,
  reason: DeclineReason,
): Promise<void> {
  const { paymentId, orderId, userId, amount } = payment;
  const change = { status: PaymentStatus.DECLINED, declineReason: reason, nowMs: clock.now() };
  await payments.setStatus(tx, paymentId, change);
  await publish(PaymentDeclinedSchema, { paymentId, orderId, userId, amount, reason });
}
