import {
  InventoryService,
  StockReleasedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import {
  CancellationReason,
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderCreatedSchema,
  OrderInventoryReservedSchema,
  OrderService,
  OrderStatus,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  ChargePaymentSchema,
  PaymentCapturedSchema,
  PaymentDeclinedSchema,
  PaymentRefundedSchema,
  PaymentService,
  PaymentStatus,
  RefundPaymentSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { createFieldRecord, createTestBed, type TestBed } from "@concord/sdk/testing";
import { expect, it } from "vitest";
import { inventory as inventoryService } from "../inventory/service.ts";
import type { SendMail } from "../notifications/mailer.ts";
import { createNotifications } from "../notifications/service.ts";
import { createOrders } from "../orders/service.ts";
import { createSimulatedProvider } from "../payments/provider.ts";
import { createPayments } from "../payments/service.ts";

/** What the handlers of the whole shop read, in all tests of this file. */
const fields = createFieldRecord();

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

async function openShop(
  overrides: { sendMail?: SendMail; provider?: ReturnType<typeof createSimulatedProvider> } = {},
) {
  const mails: Mail[] = [];
  const sendMail: SendMail =
    overrides.sendMail ?? (async ({ to, subject, text }) => void mails.push({ to, subject, text }));
  const services = [
    inventoryService,
    createOrders(),
    createPayments(overrides.provider ?? createSimulatedProvider()),
    createNotifications(sendMail),
  ];
  const bed = await createTestBed({ services, fields });
  await bed.settled();
  return {
    bed,
    mails,
    orders: bed.client(OrderService),
    inventory: bed.client(InventoryService),
    payments: bed.client(PaymentService),
  };
}

async function place(bed: TestBed, productId: string, quantity: number, userId = "ada") {
  const { order } = await bed.client(OrderService).createOrder({ userId, items: [{ productId, quantity }] });
  return order?.orderId ?? "";
}

it("takes an order from PENDING over INVENTORY_RESERVED to CONFIRMED, and mails the customer (N1, N7, N8, N13)", async () => {
  const { bed, mails, orders, inventory } = await openShop();
  await using _ = bed;
  const { order: placed } = await orders.createOrder({
    userId: "ada",
    items: [{ productId: "keyboard", quantity: 2 }],
  });
  expect(placed).toMatchObject({ status: OrderStatus.PENDING, total: { minorUnits: 9_800n, currency: "USD" } });
  await bed.settled();

  const { order } = await orders.getOrder({ orderId: placed?.orderId ?? "" });
  expect(order?.history.map(({ status }) => status)).toEqual([
    OrderStatus.PENDING,
    OrderStatus.INVENTORY_RESERVED,
    OrderStatus.CONFIRMED,
  ]);
  expect(await inventory.getStock({ productId: "keyboard" })).toMatchObject({ quantity: 10, reserved: 2 });
  const confirmation = mails.find(({ subject }) => subject.includes("is confirmed"));
  expect(confirmation).toMatchObject({
    to: "ada@example.com",
    text: expect.stringContaining("2 × Keyboard  49.00 USD"),
  });
  for (const schema of [
    OrderCreatedSchema,
    StockReservedSchema,
    OrderInventoryReservedSchema,
    PaymentCapturedSchema,
    OrderConfirmedSchema,
  ]) {
    expect(await bed.published(schema as typeof OrderCreatedSchema)).toHaveLength(1);
  }
  expect((await bed.published(NotificationSentSchema)).length).toBe(mails.length);
});

it("keeps the trace and the correlation of an order through all services (N21)", async () => {
  const { bed } = await openShop();
  await using _ = bed;
  await place(bed, "keyboard", 1);
  await bed.settled();
  const [created] = await bed.published(OrderCreatedSchema);
  const [confirmed] = await bed.published(OrderConfirmedSchema);
  const traceOf = (traceparent: string | undefined) => traceparent?.split("-")[1];
  expect(traceOf(created?.envelope.traceparent)).toMatch(/^[0-9a-f]{32}$/);
  expect(traceOf(confirmed?.envelope.traceparent)).toBe(traceOf(created?.envelope.traceparent));
  expect(confirmed?.envelope.correlationId).toBe(created?.envelope.correlationId);
});

it("cancels an order of more than is left, holding nothing (N11)", async () => {
  const { bed, orders, inventory, mails } = await openShop();
  await using _ = bed;
  const orderId = await place(bed, "keyboard", 100);
  await bed.settled();
  const { order } = await orders.getOrder({ orderId });
  expect(order).toMatchObject({
    status: OrderStatus.CANCELLED,
    cancellationReason: CancellationReason.OUT_OF_STOCK,
    cancellationDetail: "out of stock (12 left)",
  });
  expect(await inventory.getStock({ productId: "keyboard" })).toMatchObject({ quantity: 12, reserved: 0 });
  expect(await bed.published(OrderCancelledSchema)).toHaveLength(1);
  expect(mails.map(({ subject }) => subject)).toEqual([`Your order ${orderId} is cancelled`]);
});

it("holds all lines of an order or none", async () => {
  const { bed, orders, inventory } = await openShop();
  await using _ = bed;
  const items = [
    { productId: "keyboard", quantity: 2 },
    { productId: "phone", quantity: 26 },
  ];
  await orders.createOrder({ userId: "ada", items });
  await bed.settled();
  expect(await inventory.getStock({ productId: "keyboard" })).toMatchObject({ quantity: 12, reserved: 0 });
});

it("cancels an order whose card is declined and releases its stock (N10, N12)", async () => {
  const { bed, orders, inventory } = await openShop();
  await using _ = bed;
  await inventory.putProduct({
    productId: "odd",
    name: "Odd",
    quantity: 5,
    price: { minorUnits: 1_013n, currency: "USD" },
  });
  await bed.settled();
  const orderId = await place(bed, "odd", 1);
  await bed.settled();
  const { order } = await orders.getOrder({ orderId });
  expect(order).toMatchObject({
    status: OrderStatus.CANCELLED,
    cancellationReason: CancellationReason.PAYMENT_DECLINED,
  });
  expect(await bed.published(PaymentDeclinedSchema)).toHaveLength(1);
  expect(await bed.published(StockReleasedSchema)).toHaveLength(1);
  expect(await inventory.getStock({ productId: "odd" })).toMatchObject({ quantity: 5, reserved: 0 });
});

it("refunds a confirmed order that is cancelled, and releases its stock", async () => {
  const { bed, orders, inventory, payments } = await openShop();
  await using _ = bed;
  const orderId = await place(bed, "phone", 1);
  await bed.settled();
  await orders.cancelOrder({ orderId });
  await orders.cancelOrder({ orderId });
  await bed.settled();
  const { payments: all } = await payments.listPayments({ userId: "ada" });
  expect(all).toMatchObject([{ orderId, status: PaymentStatus.REFUNDED }]);
  expect(await bed.published(PaymentRefundedSchema)).toHaveLength(1);
  expect(await inventory.getStock({ productId: "phone" })).toMatchObject({ quantity: 25, reserved: 0 });
});

it("opens an order again whose payment is refunded, and tells the customer", async () => {
  const { bed, orders, payments, mails } = await openShop();
  await using _ = bed;
  const orderId = await place(bed, "phone", 1);
  await bed.settled();
  const { payments: paid } = await payments.listPayments({ userId: "ada" });
  await bed.publish(RefundPaymentSchema, { paymentId: paid[0]?.paymentId ?? "", orderId });
  await bed.settled();
  expect((await orders.getOrder({ orderId })).order).toMatchObject({ status: OrderStatus.PENDING, payable: true });
  const subjects = mails.map(({ subject }) => subject);
  expect(subjects).toContain(`Your order ${orderId}: it waits for a new payment`);
});

it("greets a new user, and writes to the address from then on", async () => {
  const { bed, mails } = await openShop();
  await using _ = bed;
  await bed.publish(UserCreatedSchema, { userId: "eve", username: "eve", email: "eve@example.com" });
  await bed.settled();
  expect(mails).toMatchObject([{ to: "eve@example.com", subject: "Welcome, eve" }]);
});

it("does not charge an order whose cancellation overtook the charge", async () => {
  const { bed, payments } = await openShop();
  await using _ = bed;
  const order = {
    orderId: "o-1",
    userId: "ada",
    lines: [{ productId: "phone", quantity: 1 }],
    total: { minorUnits: 29_999n, currency: "USD" },
  };
  await bed.publish(OrderCancelledSchema, {
    ...order,
    reason: CancellationReason.BY_CUSTOMER,
    detail: "changed my mind",
  });
  await bed.settled();
  await bed.publish(ChargePaymentSchema, {
    paymentId: "p-1",
    orderId: "o-1",
    userId: "ada",
    amount: order.total,
    method: 1,
  });
  await bed.settled();
  expect((await payments.getPayment({ paymentId: "p-1" })).payment).toMatchObject({ status: PaymentStatus.DECLINED });
});

it("charges once when the command comes twice (N19)", async () => {
  const charged: string[] = [];
  const provider = {
    ...createSimulatedProvider(),
    charge: async ({ operationId }: { operationId: string }) => charged.push(operationId) > 0,
  };
  const { bed } = await openShop({ provider });
  await using _ = bed;
  const command = {
    paymentId: "p-2",
    orderId: "o-2",
    userId: "ada",
    amount: { minorUnits: 100n, currency: "USD" },
    method: 1,
  };
  await bed.publish(ChargePaymentSchema, command);
  await bed.publish(ChargePaymentSchema, command);
  await bed.settled();
  expect(charged).toEqual(["p-2"]);
  expect(await bed.published(PaymentCapturedSchema)).toHaveLength(1);
});

it("sends a mail again until the mail server takes it (N17)", async () => {
  const sent: string[] = [];
  let failures = 2;
  const sendMail: SendMail = async ({ subject }) => {
    if (failures-- > 0) throw new Error("mail server away");
    sent.push(subject);
  };
  const { bed } = await openShop({ sendMail });
  await using _ = bed;
  const orderId = await place(bed, "keyboard", 100);
  await bed.settled();
  expect(sent).toEqual([`Your order ${orderId} is cancelled`]);
});

it("ships and delivers a confirmed order and sells its stock", async () => {
  const { bed, orders, inventory } = await openShop();
  await using _ = bed;
  const orderId = await place(bed, "phone", 2);
  await expect(orders.updateOrderStatus({ orderId, status: OrderStatus.SHIPPED })).rejects.toMatchObject({
    code: "failed_precondition",
  });
  await bed.settled();
  await orders.updateOrderStatus({ orderId, status: OrderStatus.SHIPPED });
  await orders.updateOrderStatus({ orderId, status: OrderStatus.DELIVERED });
  await bed.settled();
  expect(await inventory.getStock({ productId: "phone" })).toMatchObject({ quantity: 23, reserved: 0 });
  await expect(orders.cancelOrder({ orderId })).rejects.toMatchObject({ code: "failed_precondition" });
});

it("lists a user's orders page by page, the newest first (N3)", async () => {
  const { bed, orders } = await openShop();
  await using _ = bed;
  const placed = [];
  for (let n = 0; n < 3; n++) placed.push(await place(bed, "prod-002", 1, "user-123"));
  const first = await orders.listOrders({ userId: "user-123", pageSize: 2 });
  const second = await orders.listOrders({ userId: "user-123", pageSize: 2, pageToken: first.nextPageToken });
  expect([...first.orders, ...second.orders].map(({ orderId }) => orderId)).toEqual(placed.toReversed());
  expect(second.nextPageToken).toBe("");
});

it("refuses what cannot be ordered, naming field and reason (N1, N2, N6)", async () => {
  const { bed, orders, inventory } = await openShop();
  await using _ = bed;
  const order = (items: { productId: string; quantity: number; price?: { minorUnits: bigint; currency: string } }[]) =>
    orders.createOrder({ userId: "ada", items });
  await expect(order([])).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("items"),
  });
  await expect(order([{ productId: "keyboard", quantity: 0 }])).rejects.toMatchObject({
    message: expect.stringContaining("items[0].quantity"),
  });
  const cheap = { productId: "keyboard", quantity: 1, price: { minorUnits: 1n, currency: "USD" } };
  await expect(order([cheap])).rejects.toMatchObject({ message: expect.stringContaining("items[0].price") });
  await expect(orders.getOrder({ orderId: "none" })).rejects.toMatchObject({ code: "not_found" });
  await expect(inventory.getStock({ productId: "none" })).rejects.toMatchObject({ code: "not_found" });
});

it("reads, in all that is played above, the fields of events that its contracts list, and no others", () => {
  fields.check();
});
