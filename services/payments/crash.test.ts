import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { CancellationReason, OrderCancelledSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  ChargePaymentSchema,
  PaymentService,
  PaymentStatus,
  RefundPaymentSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { BalanceChange, UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { ConcordError } from "@concord/sdk";
import { createTestBed, type TestBed } from "@concord/sdk/testing";
import { expect, it } from "vitest";
import { users } from "../users/service.ts";
import { createSimulatedProvider } from "./provider.ts";
import { createPayments } from "./service.ts";

const amount = { minorUnits: 29_999n, currency: "USD" };

async function openPayments() {
  let bed: TestBed;
  const orders = () => {
    throw new ConcordError("unavailable", "there are no orders here");
  };
  const payments = createPayments(createSimulatedProvider(), { orders, users: () => bed.client(UserService) });
  bed = await createTestBed({ services: [users, payments] });
  return bed;
}

const charge = (bed: TestBed, id: string) =>
  bed.publish(ChargePaymentSchema, {
    paymentId: `p-${id}`,
    orderId: `o-${id}`,
    userId: "1",
    amount,
    method: PaymentMethod.BALANCE,
  });

const cancel = (bed: TestBed, id: string) =>
  bed.publish(OrderCancelledSchema, {
    orderId: `o-${id}`,
    userId: "1",
    reason: CancellationReason.BY_CUSTOMER,
    detail: "changed my mind",
    lines: [{ productId: "phone", quantity: 1 }],
    total: amount,
  });

async function outcome(bed: TestBed) {
  const { balance } = await bed.client(UserService).getBalance({ userId: "1" });
  const { payments } = await bed.client(PaymentService).listPayments({});
  return { balance: balance?.minorUnits, payments: payments.map(({ status }) => status) };
}

it("takes the money once when payments dies behind the charge, or anywhere else", async () => {
  await using bed = await openPayments();
  const report = await bed.crashEverywhere(async () => {
    await charge(bed, "1");
    await bed.settled();
    expect(await outcome(bed)).toEqual({ balance: 20_001n, payments: [PaymentStatus.CAPTURED] });
  });
  expect(report.reached.get("inbox.handler")).toBeGreaterThan(0);
}, 120_000);

it("gives the money back once when payments dies behind the refund, or anywhere else", async () => {
  await using bed = await openPayments();
  await bed.crashEverywhere(
    async () => {
      await charge(bed, "1");
      await bed.settled();
      await bed.publish(RefundPaymentSchema, { paymentId: "p-1", orderId: "o-1" });
      await cancel(bed, "1");
      await bed.settled();
      expect(await outcome(bed)).toEqual({ balance: 50_000n, payments: [PaymentStatus.REFUNDED] });
    },
    { points: ["inbox.handler", "inbox.commit", "outbox.commit", "relay.publish"] },
  );
}, 120_000);

it("gives back what was charged when the order was cancelled while payments was dead", async () => {
  await using bed = await openPayments();
  const deduction = { userId: "1", change: BalanceChange.DEDUCT, amount, operationId: "p-1" };
  await bed.client(UserService).adjustBalance(deduction);
  await cancel(bed, "1");
  await bed.settled();
  await charge(bed, "1");
  await bed.settled();
  expect(await outcome(bed)).toEqual({ balance: 50_000n, payments: [PaymentStatus.DECLINED] });
  await expect(bed.client(UserService).adjustBalance(deduction)).rejects.toMatchObject({ code: "failed_precondition" });
});
