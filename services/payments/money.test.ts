import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { OrderConfirmedSchema, OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  ChargePaymentSchema,
  DeclineReason,
  PaymentCapturedSchema,
  PaymentRefundedSchema,
  PaymentService,
  PaymentStatus,
  RefundPaymentSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { isConcordError } from "@concord/sdk";
import { createTestBed, type TestBed } from "@concord/sdk/testing";
import { describe, expect, it } from "vitest";
import { inventory } from "../inventory/service.ts";
import { createOrders } from "../orders/service.ts";
import { users } from "../users/service.ts";
import { createSimulatedProvider } from "./provider.ts";
import { createPayments } from "./service.ts";

const all = { pageSize: 100 };
/** What alice, bob and charlie begin with. */
const allMoney = 95_000n;

async function openShop(crashWhen?: (service: string) => boolean) {
  let bed: TestBed;
  const peers = { orders: () => bed.client(OrderService), users: () => bed.client(UserService) };
  const askUser = async (userId: string) => void (await peers.users().getUser({ userId }));
  const services = [inventory, users, createOrders({ askUser }), createPayments(createSimulatedProvider(), peers)];
  bed = await createTestBed({ services, ...(crashWhen && { crashWhen }) });
  await bed.settled();
  return { bed, ...actions(bed) };
}

function actions(bed: TestBed) {
  const client = { orders: () => bed.client(OrderService), payments: () => bed.client(PaymentService) };
  const keyed = (key?: string, timeoutMs = 15_000) => ({ timeoutMs, headers: key ? { "idempotency-key": key } : {} });
  return {
    order: async (productId = "phone", userId = "1", options = keyed()) => {
      const wish = { userId, items: [{ productId, quantity: 1 }], paymentMethod: PaymentMethod.BALANCE };
      const { order } = await client.orders().createOrder(wish, options);
      await bed.settled();
      return order?.orderId ?? "";
    },
    pay: async (
      orderId: string,
      { key, userId = "1", timeoutMs }: { key?: string; userId?: string; timeoutMs?: number } = {},
    ) => (await drive(bed, client.payments().payOrder({ orderId, userId }, keyed(key, timeoutMs)))).payment,
    refund: async (paymentId = "", key?: string, timeoutMs?: number) =>
      (await drive(bed, client.payments().refundPayment({ paymentId }, keyed(key, timeoutMs)))).payment,
    cancel: (orderId: string) => client.orders().cancelOrder({ orderId }),
    ship: (orderId: string) => client.orders().updateOrderStatus({ orderId, status: OrderStatus.SHIPPED }),
    beginRefund: (orderId: string, paymentId = "", goodsReturn = false) =>
      client.orders().beginRefund({ orderId, paymentId, goodsReturn }),
    status: async (orderId: string) => (await client.orders().getOrder({ orderId })).order?.status,
    payments: async () => (await client.payments().listPayments(all)).payments,
    balance: async (userId = "1") => (await bed.client(UserService).getBalance({ userId })).balance?.minorUnits,
    /** All balances and what was captured from them: no operation changes it. */
    money: () => sumMoney(bed),
  };
}

async function sumMoney(bed: TestBed): Promise<bigint> {
  const { users } = await bed.client(UserService).listUsers(all);
  const { payments } = await bed.client(PaymentService).listPayments(all);
  const captured = payments.filter(
    ({ method, status }) => method === PaymentMethod.BALANCE && status === PaymentStatus.CAPTURED,
  );
  const amounts = [...users.map(({ balance }) => balance), ...captured.map(({ amount }) => amount)];
  return amounts.reduce((sum, amount) => sum + (amount?.minorUnits ?? 0n), 0n);
}

/** Lets time go on until a call that waits for other services is answered. */
async function drive<Result>(bed: TestBed, call: Promise<Result>): Promise<Result> {
  let open = true;
  const end = () => {
    open = false;
  };
  call.then(end, end);
  while (open) {
    await bed.settled();
    bed.clock.advanceToNext();
    await new Promise(setImmediate);
  }
  return call;
}

/** As if each event were a new one, so that the inbox does not know it. */
async function repeat<Desc extends DescMessage>(bed: TestBed, schema: Desc, idempotencyKey: string): Promise<void> {
  const events = await bed.published(schema);
  for (const { data } of events) await bed.publish(schema, data as MessageInitShape<Desc>, { idempotencyKey });
}

it("pays a phone from a balance of 500.00, of which 200.01 are left, and confirms the order (S9, S14)", async () => {
  const { bed, order, pay, status, balance, money } = await openShop();
  await using _ = bed;
  const orderId = await order();
  expect(await status(orderId)).toBe(OrderStatus.INVENTORY_RESERVED);
  const payment = await pay(orderId);
  expect(payment).toMatchObject({ orderId, userId: "1", status: PaymentStatus.CAPTURED });
  expect([await status(orderId), await balance(), await money()]).toEqual([OrderStatus.CONFIRMED, 20_001n, allMoney]);
});

describe("an order", () => {
  it("is paid once by calls with one key, which all get the first answer", async () => {
    const { bed, order, pay, balance } = await openShop();
    await using _ = bed;
    const orderId = await order();
    const first = await pay(orderId, { key: "k-1" });
    expect(await pay(orderId, { key: "k-1" })).toEqual(first);
    await expect(pay(orderId, { key: "k-2" })).rejects.toMatchObject({ code: "failed_precondition" });
    await expect(pay(orderId)).rejects.toMatchObject({ code: "failed_precondition" });
    expect(await balance()).toBe(20_001n);
  });

  it("is paid once by ten calls at once with different keys", async () => {
    const { bed, order, pay, payments, balance, money } = await openShop();
    await using _ = bed;
    const orderId = await order();
    const calls = Array.from({ length: 10 }, (_, n) => pay(orderId, { key: `k-${n}` }));
    const results = await Promise.allSettled(calls);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await payments()).toMatchObject([{ status: PaymentStatus.CAPTURED }]);
    expect([await balance(), await money()]).toEqual([20_001n, allMoney]);
  });

  it("is refused to others, to those with too little, and when it does not exist; nothing changes", async () => {
    const { bed, order, pay, payments, status, money } = await openShop();
    await using _ = bed;
    const [mine, dear] = [await order(), await order("prod-001")];
    await expect(pay("none")).rejects.toMatchObject({ code: "not_found" });
    await expect(pay(mine, { userId: "2" })).rejects.toMatchObject({ code: "permission_denied" });
    await expect(pay(dear)).rejects.toMatchObject({ code: "invalid_argument" });
    expect([await payments(), await money()]).toEqual([[], allMoney]);
    expect(await status(dear)).toBe(OrderStatus.INVENTORY_RESERVED);
    await expect(order("phone", "nobody")).rejects.toMatchObject({ code: "not_found" });
    expect((await bed.client(OrderService).listOrders(all)).orders).toHaveLength(2);
  });

  it("waits for another payment when the money was spent between the look and the charge", async () => {
    const { bed, order, pay, payments, status, money } = await openShop();
    await using _ = bed;
    const orders = [await order(), await order()];
    const results = await Promise.allSettled(orders.map((orderId) => pay(orderId)));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const statuses = await Promise.all(orders.map(status));
    expect(statuses.sort()).toEqual([OrderStatus.INVENTORY_RESERVED, OrderStatus.CONFIRMED]);
    expect(await money()).toBe(allMoney);
    for (const { status, declineReason } of await payments()) {
      if (status !== PaymentStatus.CAPTURED) expect(declineReason).toBe(DeclineReason.INSUFFICIENT_FUNDS);
    }
  });
});

it("refunds a payment once, opens its order again, and lets it be paid again (S11)", async () => {
  const { bed, order, pay, refund, status, balance, money } = await openShop();
  await using _ = bed;
  const orderId = await order();
  const payment = await pay(orderId);
  const [first, again] = await Promise.all([refund(payment?.paymentId, "r-1"), refund(payment?.paymentId, "r-2")]);
  expect([first?.status, again?.status]).toEqual([PaymentStatus.REFUNDED, PaymentStatus.REFUNDED]);
  expect(await refund(payment?.paymentId)).toMatchObject({ status: PaymentStatus.REFUNDED });
  expect([await status(orderId), await balance()]).toEqual([OrderStatus.PENDING, 50_000n]);
  expect(await bed.published(PaymentRefundedSchema)).toHaveLength(1);
  await pay(orderId);
  expect([await status(orderId), await balance(), await money()]).toEqual([OrderStatus.CONFIRMED, 20_001n, allMoney]);
});

describe("a refund", () => {
  it("is refused to customers once the order is shipped, and moves nothing", async () => {
    const { bed, order, pay, refund, ship, status, payments, balance } = await openShop();
    await using _ = bed;
    const orderId = await order();
    const payment = await pay(orderId);
    await ship(orderId);
    const message = expect.stringContaining(`order ${orderId} is SHIPPED`);
    for (const key of ["r-1", "r-1", "r-2"]) {
      await expect(refund(payment?.paymentId, key)).rejects.toMatchObject({ code: "failed_precondition", message });
    }
    await bed.client(OrderService).updateOrderStatus({ orderId, status: OrderStatus.DELIVERED });
    await expect(refund(payment?.paymentId)).rejects.toMatchObject({ code: "failed_precondition" });
    await bed.settled();
    expect(await bed.published(PaymentRefundedSchema)).toEqual([]);
    expect(await payments()).toMatchObject([{ status: PaymentStatus.CAPTURED }]);
    expect([await status(orderId), await balance()]).toEqual([OrderStatus.DELIVERED, 20_001n]);
  });

  it("keeps its order from being shipped as soon as it has begun, until the order is paid again", async () => {
    const { bed, order, pay, ship, beginRefund, status, balance, money } = await openShop();
    await using _ = bed;
    const orderId = await order();
    const payment = await pay(orderId);
    const [, shipped] = await Promise.allSettled([beginRefund(orderId, payment?.paymentId), ship(orderId)]);
    expect(shipped).toMatchObject({ status: "rejected", reason: { code: "failed_precondition" } });
    await beginRefund(orderId, payment?.paymentId);
    await bed.settled();
    expect([await status(orderId), await balance(), await money()]).toEqual([OrderStatus.PENDING, 50_000n, allMoney]);
    expect(await bed.published(RefundPaymentSchema)).toHaveLength(1);
    await pay(orderId);
    await ship(orderId);
    expect([await status(orderId), await balance()]).toEqual([OrderStatus.SHIPPED, 20_001n]);
  });

  it("or its shipping, whichever comes first: the customer has either the money or the goods", async () => {
    const { bed, order, pay, beginRefund, ship, status, balance } = await openShop();
    await using _ = bed;
    for (let round = 0; round < 4; round++) {
      const orderId = await order("prod-002");
      const before = await balance();
      const payment = await pay(orderId);
      const deeds = [() => beginRefund(orderId, payment?.paymentId), () => ship(orderId)];
      const ordered = round % 2 === 0 ? deeds : deeds.toReversed();
      const results = await Promise.allSettled(ordered.map((deed) => deed()));
      await bed.settled();
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const isShipped = (await status(orderId)) === OrderStatus.SHIPPED;
      expect((await balance()) === before).toBe(!isShipped);
    }
  });

  it("of what returns gives the money back and leaves the order shipped", async () => {
    const { bed, order, pay, ship, beginRefund, status, payments, balance, money } = await openShop();
    await using _ = bed;
    const orderId = await order();
    const payment = await pay(orderId);
    await ship(orderId);
    await expect(beginRefund(orderId, "another", true)).rejects.toMatchObject({ code: "failed_precondition" });
    await beginRefund(orderId, payment?.paymentId, true);
    await bed.settled();
    expect(await payments()).toMatchObject([{ status: PaymentStatus.REFUNDED }]);
    expect([await status(orderId), await balance(), await money()]).toEqual([OrderStatus.SHIPPED, 50_000n, allMoney]);
  });

  it("goes on when a process dies in its middle and the call is repeated by its key, to the same answer", async () => {
    const doom = new Map<string, number>();
    let deaths = 0;
    const { bed, order, pay, refund, status, balance } = await openShop((service) => {
      const left = doom.get(service);
      if (left === undefined) return false;
      doom.set(service, left - 1);
      if (left === 0) deaths += 1;
      return left === 0;
    });
    await using _ = bed;
    for (const service of ["orders", "payments"]) {
      for (let steps = 0; steps < 5; steps++) {
        const orderId = await order("prod-002");
        const paid = await pay(orderId);
        doom.set(service, steps);
        const key = `${service}-${steps}`;
        const first = await untilAnswered(() => refund(paid?.paymentId, key, 700));
        doom.clear();
        expect(first).toMatchObject({ status: PaymentStatus.REFUNDED });
        expect(await refund(paid?.paymentId, key)).toEqual(first);
        await bed.settled();
        expect([await status(orderId), await balance()]).toEqual([OrderStatus.PENDING, 50_000n]);
      }
    }
    expect(await bed.published(PaymentRefundedSchema)).toHaveLength(10);
    expect(deaths).toBeGreaterThan(6);
  }, 60_000);
});

it("leaves the money with the user whichever of cancellation and payment is first", async () => {
  const { bed, order, pay, cancel, status, balance, money } = await openShop();
  await using _ = bed;
  const paid = await order();
  await pay(paid);
  await cancel(paid);
  await bed.settled();
  const racing = await order();
  await Promise.allSettled([pay(racing), cancel(racing)]);
  await bed.settled();
  const cancelled = await order();
  await cancel(cancelled);
  await expect(pay(cancelled)).rejects.toMatchObject({ code: "failed_precondition" });
  for (const orderId of [paid, racing, cancelled]) expect(await status(orderId)).toBe(OrderStatus.CANCELLED);
  expect([await balance(), await money()]).toEqual([50_000n, allMoney]);
});

it("moves no money for events and commands that come again", async () => {
  const { bed, order, pay, refund, status, balance, money } = await openShop();
  await using _ = bed;
  const orderId = await order();
  const payment = await pay(orderId);
  const again = async (idempotencyKey: string) => {
    await repeat(bed, ChargePaymentSchema, idempotencyKey);
    await repeat(bed, PaymentCapturedSchema, idempotencyKey);
    await bed.settled();
  };
  await again("again-1");
  expect([await balance(), (await bed.published(OrderConfirmedSchema)).length]).toEqual([20_001n, 1]);
  await refund(payment?.paymentId);
  await again("again-2");
  const paymentId = payment?.paymentId ?? "";
  await bed.publish(RefundPaymentSchema, { paymentId, orderId }, { idempotencyKey: "again-3" });
  await bed.settled();
  expect([await status(orderId), await balance(), await money()]).toEqual([OrderStatus.PENDING, 50_000n, allMoney]);
});

it("goes on with the payment of a call whose process died, when the call is repeated by its key", async () => {
  const { bed } = await openShop();
  await using _ = bed;
  const report = await bed.crashEverywhere(
    async () => {
      const { order, pay, status, payments, balance, money } = actions(bed);
      await bed.settled();
      const options = { timeoutMs: 700, headers: { "idempotency-key": "o-1" } };
      const orderId = await untilAnswered(() => order("phone", "1", options));
      await untilAnswered(() => pay(orderId, { key: "k-1", timeoutMs: 700 }));
      await bed.settled();
      expect(await payments()).toMatchObject([{ orderId, status: PaymentStatus.CAPTURED }]);
      expect([await status(orderId), await balance(), await money()]).toEqual([
        OrderStatus.CONFIRMED,
        20_001n,
        allMoney,
      ]);
    },
    { points: ["outbox.commit", "inbox.handler"], maxPerPoint: 4 },
  );
  expect(report.runs).toBeGreaterThan(5);
}, 240_000);

/** Repeats a call whose process died under it. */
async function untilAnswered<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let calls = 1; ; calls++) {
    try {
      return await call();
    } catch (error) {
      const died = isConcordError(error, "unavailable") || isConcordError(error, "deadline_exceeded");
      if (!died || calls === 10) throw error;
    }
  }
}
