import {
  NotificationChannel,
  NotificationSentSchema,
  NotificationService,
} from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import {
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderDeliveredSchema,
  OrderInventoryReservedSchema,
  OrderReopenedSchema,
  OrderShippedSchema,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  PaymentCapturedSchema,
  PaymentDeclinedSchema,
  PaymentRefundedSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { createService, type HandlerContext, type Sql } from "@concord/sdk";
import * as addresses from "./address-book.ts";
import { createSmtpMailer, type SendMail } from "./mailer.ts";
import { type Letter, money, orderCancelled, orderConfirmed, statusUpdate, welcome } from "./templates.ts";

/** Makes the service that tells users what happens to their orders. */
export function createNotifications(sendMail: SendMail = createSmtpMailer(smtpUrl)) {
  const service = createService({
    name: "notifications",
    contract: NotificationService,
    migrations: new URL("./migrations/", import.meta.url),
    seed: async ({ tx }) => {
      for (const address of addresses.startAddresses) await addresses.put(tx, address);
    },
  });

  const tell = (event: Scope, userId: string, letter: Letter) => mailAndRecord(event, { userId, letter, sendMail });
  const update = (event: Scope, { orderId, userId }: { orderId: string; userId: string }, sentence: string) =>
    tell(event, userId, statusUpdate("order-status", orderId, sentence));

  service
    .on(OrderInventoryReservedSchema, (event) => update(event, event.data, "all of it is in stock and put aside"))
    .on(OrderConfirmedSchema, (event) => tell(event, event.data.userId, orderConfirmed(event.data)))
    .on(OrderCancelledSchema, (event) => tell(event, event.data.userId, orderCancelled(event.data)))
    .on(OrderShippedSchema, (event) => update(event, event.data, "it is on its way"))
    .on(OrderDeliveredSchema, (event) => update(event, event.data, "it has arrived"))
    .on(OrderReopenedSchema, (event) => update(event, event.data, "it waits for a new payment"))
    .on(PaymentCapturedSchema, (event) => update(event, event.data, `we received ${money(event.data.amount)}`))
    .on(PaymentDeclinedSchema, (event) => update(event, event.data, "the payment was declined"))
    .on(PaymentRefundedSchema, (event) => update(event, event.data, `we sent ${money(event.data.amount)} back`))
    .on(UserCreatedSchema, async (event) => {
      const { userId, email, username } = event.data;
      await addresses.put(event.tx, { userId, email, name: username });
      await tell(event, userId, welcome(username));
    });

  return service;
}

type Scope = Pick<HandlerContext<never, Sql, Sql>, "tx" | "publish" | "envelope" | "signal" | "log">;

async function mailAndRecord(
  { tx, publish, envelope, signal, log }: Scope,
  { userId, letter, sendMail }: { userId: string; letter: Letter; sendMail: SendMail },
): Promise<void> {
  const address = await addresses.find(tx, userId);
  if (!address) return log.warn({ userId, template: letter.template }, "no address, so no mail");
  const notificationId = envelope.id;
  await publish(NotificationSentSchema, {
    notificationId,
    userId,
    channel: NotificationChannel.EMAIL,
    template: letter.template,
  });
  await sendMail({ ...letter, to: address.email, idempotencyKey: `${envelope.source}/${envelope.id}`, signal });
}

function smtpUrl(): string {
  return process.env.SMTP_URL ?? "smtp://127.0.0.1:1025";
}

/** The service as it runs in the shop. */
export const notifications = createNotifications();

if (import.meta.main) await notifications.run();
