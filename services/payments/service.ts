import { OrderCancelledSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  ChargePaymentSchema,
  PaymentService,
  PaymentStatus,
  RefundPaymentSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { createService, type RpcContext } from "@concord/sdk";
import { createOwnerCheck } from "@concord/sdk/rpc";
import { createBalanceProvider } from "./balance.ts";
import { charge, orderCancelled, refund } from "./movements.ts";
import { payOrder } from "./pay-order.ts";
import * as store from "./payments.ts";
import { createPeers, type Peers } from "./peers.ts";
import { createSimulatedProvider, type Provider, withBreaker } from "./provider.ts";
import { refundPayment } from "./refund-payment.ts";

/** Customers see and move what is theirs, these what is anybody's. */
const requireOwner = createOwnerCheck({ roles: ["staff", "service"] });

/** Makes the service that moves the money of orders, each movement once. */
export function createPayments(card: Provider = withBreaker(createSimulatedProvider()), peers: Peers = createPeers()) {
  const providers = { card, balance: createBalanceProvider(peers) };
  const service = createService({ name: "payments", migrations: new URL("./migrations/", import.meta.url) });

  service
    .on(ChargePaymentSchema, (event) => charge({ ...event, providers }, event.data))
    .on(OrderCancelledSchema, (event) => orderCancelled({ ...event, providers }, event.data.orderId))
    .on(RefundPaymentSchema, async (event) => {
      const payment = await store.get(event.tx, event.data.paymentId);
      if (payment.status === PaymentStatus.CAPTURED) await refund({ ...event, providers }, payment);
    });

  service.rpc(PaymentService, {
    payOrder: async (request, context) => {
      requireOwner(context.caller, request.userId, `the balance of user ${request.userId}`);
      return { payment: store.toMessage(await payOrder(request, context, peers)) };
    },
    refundPayment: async (request, context) => {
      const payment = await getOwned(request.paymentId, context);
      return { payment: store.toMessage(await refundPayment(payment, context, peers)) };
    },
    getPayment: async ({ paymentId }, context) => ({ payment: store.toMessage(await getOwned(paymentId, context)) }),
    listPayments: async ({ userId, pageSize, pageToken }, { db, caller }) => {
      requireOwner(caller, userId, "what was asked for");
      const limit = pageSize || 20;
      const found = await store.list(db, { userId, after: pageToken, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextPageToken = found.length > limit ? (page.at(-1)?.paymentId ?? "") : "";
      return { payments: page.map(store.toMessage), nextPageToken };
    },
  });

  return service;
}

async function getOwned(paymentId: string, { db, caller }: RpcContext): Promise<store.StoredPayment> {
  const payment = await store.get(db, paymentId);
  requireOwner(caller, payment.userId, `payment ${paymentId}`);
  return payment;
}

/** The service as it runs in the shop. */
export const payments = createPayments();

if (import.meta.main) await payments.run();
