import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import {
  ProductListedSchema,
  StockRejectedSchema,
  StockReleasedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { CancellationReason, OrderCreatedSchema, OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  DeclineReason,
  PaymentCapturedSchema,
  PaymentDeclinedSchema,
  PaymentRefundedSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { createService, type RpcContext, type Sql } from "@concord/sdk";
import { createOwnerCheck } from "@concord/sdk/rpc";
import { type AskUser, createAskUser, requireUser } from "./customers.ts";
import * as store from "./orders.ts";
import { type AskPrice, createAskPrice, list as listPrice, priceAll } from "./prices.ts";
import { beginRefund } from "./refunds.ts";
import { moveByStaff } from "./staff.ts";
import { cancel, cancelIfOpen, paymentCaptured, paymentRefunded, stockReserved } from "./transitions.ts";
import { cancelUnpaid } from "./unpaid.ts";
import { waitForStatus } from "./wait.ts";

/** Customers see and move what is theirs, these what is anybody's. */
const requireOwner = createOwnerCheck({ roles: ["staff", "service"] });

/** Whom orders asks. */
export interface OrdersPeers {
  /** Default: inventory at `INVENTORY_URL`. */
  readonly askPrice?: AskPrice;
  /** Default: users at `USERS_URL`. */
  readonly askUser?: AskUser;
}

/** Makes the service that takes orders and moves them from PENDING to DELIVERED or CANCELLED. */
export function createOrders({
  askPrice = createAskPrice(inventoryUrl),
  askUser = createAskUser(usersUrl),
}: OrdersPeers = {}) {
  const service = createService({ name: "orders", migrations: new URL("./migrations/", import.meta.url) });

  service
    .on(ProductListedSchema, ({ data, tx }) => listPrice(tx, data))
    .on(StockReservedSchema, (event) => stockReserved(event, event.data.orderId))
    .on(StockRejectedSchema, (event) => {
      const { orderId, left } = event.data;
      return cancelIfOpen(event, {
        orderId,
        reason: CancellationReason.OUT_OF_STOCK,
        detail: `out of stock (${left} left)`,
      });
    })
    .on(StockReleasedSchema, async ({ data, tx, clock }) => {
      await store.change(tx, await store.get(tx, data.orderId), { stockHeld: false }, clock.now());
    })
    .on(PaymentCapturedSchema, (event) => paymentCaptured(event, event.data))
    .on(PaymentRefundedSchema, (event) => paymentRefunded(event, event.data))
    .on(PaymentDeclinedSchema, async (event) => {
      const { orderId, reason } = event.data;
      // Who has too little money can pay later, and a cancelled order needs no second cancellation.
      if (reason !== DeclineReason.BY_PROVIDER) return;
      await cancelIfOpen(event, { orderId, reason: CancellationReason.PAYMENT_DECLINED, detail: "payment declined" });
    });

  service.every(30_000, "cancel unpaid orders", cancelUnpaid);

  service.rpc(OrderService, {
    createOrder: async ({ userId, items, paymentMethod }, { db, transaction, signal, caller }) => {
      requireOwner(caller, userId, `an order of user ${userId}`);
      const checked = Promise.all([priceAll(db, items, askPrice, signal), requireUser(db, userId, askUser, signal)]);
      await Promise.allSettled([checked]);
      const order = await transaction(async ({ tx, publish, clock, newId }) => {
        // Refused here and not before: a call repeated by its key is not refused once its order is placed.
        const [lines] = await checked;
        const method = paymentMethod || PaymentMethod.CARD;
        const nowMs = clock.now();
        const stored = await store.insert(tx, {
          orderId: newId(),
          userId,
          paymentMethod: method,
          lines,
          nowMs,
        });
        await publish(OrderCreatedSchema, {
          orderId: stored.orderId,
          userId,
          lines: [...stored.lines],
          total: stored.total,
          paymentMethod: method,
        });
        return stored;
      });
      return { order: store.toMessage(order) };
    },
    getOrder: async ({ orderId, waitFor }, { db, clock, signal, timeLeftMs, caller }) => {
      const wait = { clock, signal, timeoutMs: timeLeftMs() ?? 5_000 };
      const order = await waitForStatus(() => getOwned(db, orderId, caller), waitFor, wait);
      return { order: store.toMessage(order) };
    },
    listOrders: async ({ userId, pageSize, pageToken }, { db, caller }) => {
      requireOwner(caller, userId, "what was asked for");
      const limit = pageSize || 20;
      const found = await store.list(db, { userId, after: pageToken, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextPageToken = found.length > limit ? (page.at(-1)?.orderId ?? "") : "";
      return { orders: page.map(store.toMessage), nextPageToken };
    },
    cancelOrder: ({ orderId }, { transaction, caller }) =>
      transaction(async (scope) => {
        await getOwned(scope.tx, orderId, caller);
        const wish = { orderId, reason: CancellationReason.BY_CUSTOMER, detail: "cancelled by the customer" };
        return { order: store.toMessage(await cancel(scope, wish)) };
      }),
    updateOrderStatus: (request, { transaction }) =>
      transaction(async (scope) => ({ order: store.toMessage(await moveByStaff(scope, request)) })),
    beginRefund: (request, { transaction }) =>
      transaction(async (scope) => ({ order: store.toMessage(await beginRefund(scope, request)) })),
  });

  return service;
}

async function getOwned(sql: Sql, orderId: string, caller: RpcContext["caller"]): Promise<store.StoredOrder> {
  const order = await store.get(sql, orderId);
  requireOwner(caller, order.userId, `order ${orderId}`);
  return order;
}

function inventoryUrl(): string {
  return process.env.INVENTORY_URL ?? "http://127.0.0.1:8082";
}

function usersUrl(): string | undefined {
  return process.env.USERS_URL;
}

/** The service as it runs in the shop. */
export const orders = createOrders();

if (import.meta.main) await orders.run();
