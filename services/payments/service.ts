import { OrderCancelledSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  ChargePaymentSchema,
  PaymentService,
  PaymentStatus,
  RefundPaymentSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { createService } from "@concord/sdk";
import { charge, orderCancelled, refund } from "./movements.ts";
import * as store from "./payments.ts";
import { createSimulatedProvider, type Provider, withBreaker } from "./provider.ts";

/** Makes the service that moves the money of orders, each movement once. */
export function createPayments(provider: Provider = withBreaker(createSimulatedProvider())) {
  const service = createService({ name: "payments", migrations: new URL("./migrations/", import.meta.url) });

  service
    .on(ChargePaymentSchema, (event) => charge({ ...event, provider }, event.data))
    .on(OrderCancelledSchema, (event) => orderCancelled({ ...event, provider }, event.data.orderId))
    .on(RefundPaymentSchema, async (event) => {
      const payment = await store.get(event.tx, event.data.paymentId);
      if (payment.status === PaymentStatus.CAPTURED) await refund({ ...event, provider }, payment.paymentId);
    });

  service.rpc(PaymentService, {
    getPayment: async ({ paymentId }, { db }) => ({ payment: store.toMessage(await store.get(db, paymentId)) }),
    listPayments: async ({ userId, pageSize, pageToken }, { db }) => {
      const limit = pageSize || 20;
      const found = await store.list(db, { userId, after: pageToken, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextPageToken = found.length > limit ? (page.at(-1)?.paymentId ?? "") : "";
      return { payments: page.map(store.toMessage), nextPageToken };
    },
  });

  return service;
}

/** The service as it runs in the shop. */
export const payments = createPayments();

if (import.meta.main) await payments.run();
