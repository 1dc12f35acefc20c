import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
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
import type { Movement, Provider } from "./provider.ts";

/** Who moves the money of each way to pay. */
export type Providers = Readonly<Record<"card" | "balance", Provider>>;

/** What every movement needs. */
export interface Movements extends TransactionScope<Sql> {
  readonly providers: Providers;
}

/**
 * Takes an order's money once: the operation is the payment's id, so that a run after a crash asks the provider for the
 * same movement. An order cancelled before is not charged.
 */
export async function charge(scope: Movements, command: ChargePayment): Promise<void> {
  const { tx, clock } = scope;
  const amount = command.amount;
  if (!amount) throw new TerminalError(`payment ${command.paymentId} names no amount`);
  await payments.insert(tx, { ...command, amount }, clock.now());
  const payment = await payments.find(tx, command.paymentId);
  if (!payment) throw new TerminalError(`order ${command.orderId} has a payment besides ${command.paymentId}`);
  if (payment.status !== PaymentStatus.PENDING) return;
  const provider = providerOf(scope, payment);
  if (await payments.isChargeForbidden(tx, payment.orderId)) {
    // An earlier run may have died behind its charge, or be about to charge still.
    await provider.refund(toMovement(payment));
    return decline(scope, payment, DeclineReason.ORDER_CANCELLED);
  }
  if (await provider.charge(toMovement(payment))) return capture(scope, payment);
  const fromBalance = payment.method === PaymentMethod.BALANCE;
  await decline(scope, payment, fromBalance ? DeclineReason.INSUFFICIENT_FUNDS : DeclineReason.BY_PROVIDER);
}

/** Gives a captured payment's money back, once. */
export async function refund(scope: Movements, payment: payments.StoredPayment): Promise<void> {
  const { tx, publish, clock } = scope;
  const { paymentId, orderId, userId, amount } = payment;
  await providerOf(scope, payment).refund(toMovement(payment));
  const { minorUnits, currency } = amount;
  const movement = { operationId: `${paymentId}/refund`, paymentId, minorUnits: -minorUnits, currency };
  // A command and a cancellation may refund at once; the second one waits here and finds it done.
  if (!(await payments.recordMovement(tx, movement))) return;
  await payments.setStatus(tx, paymentId, { status: PaymentStatus.REFUNDED, nowMs: clock.now() });
  await publish(PaymentRefundedSchema, { paymentId, orderId, userId, amount });
}

/** Refuses a payment whose money cannot be given back. */
export function requireCaptured({ paymentId, status }: payments.StoredPayment): void {
  if (status === PaymentStatus.CAPTURED) return;
  throw new ConcordError("failed_precondition", `payment ${paymentId} is ${PaymentStatus[status]}; nothing to refund`);
}

/** Refunds a cancelled order, or sees to it that it is never charged. */
export async function orderCancelled(scope: Movements, orderId: string): Promise<void> {
  await payments.forbidCharge(scope.tx, orderId);
  const captured = await payments.findCaptured(scope.tx, orderId);
  if (captured) await refund(scope, captured);
}

function providerOf({ providers }: Movements, { method }: payments.StoredPayment): Provider {
  return method === PaymentMethod.BALANCE ? providers.balance : providers.card;
}

function toMovement({ paymentId, userId, amount }: payments.StoredPayment): Movement {
  return { operationId: paymentId, userId, ...amount };
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
