import type { Money } from "@concord/gen/shop/common/v1/money_pb.js";
import type { OrderCancelled, OrderConfirmed, OrderLine } from "@concord/gen/shop/orders/v1/orders_pb.js";

/** A mail before it is addressed. */
export interface Letter {
  /** Name of the template, told by NotificationSent. */
  readonly template: string;
  readonly subject: string;
  readonly text: string;
}

/** Says that an order is paid and on its way to be packed. */
export function orderConfirmed({ orderId, lines, total }: OrderConfirmed): Letter {
  const text = ["Thank you for your order.", "", ...lines.map(describeLine), "", `Total ${money(total)}`].join("\n");
  return { template: "order-confirmed", subject: `Your order ${orderId} is confirmed`, text };
}

/** Says that an order was given up, and why. */
export function orderCancelled({ orderId, detail, lines }: OrderCancelled): Letter {
  const text = [`We had to cancel your order: ${detail}.`, "", ...lines.map(describeLine)].join("\n");
  return { template: "order-cancelled", subject: `Your order ${orderId} is cancelled`, text };
}

/** Says in one sentence where an order or its payment stands. */
export function statusUpdate(template: string, orderId: string, sentence: string): Letter {
  return { template, subject: `Your order ${orderId}: ${sentence}`, text: `Your order ${orderId}: ${sentence}.` };
}

/** Greets a new user. */
export function welcome(name: string): Letter {
  return { template: "welcome", subject: `Welcome, ${name}`, text: `Welcome, ${name}. Your account is ready.` };
}

/** An amount for people: `299.99 USD`. */
export function money(amount: Money | undefined): string {
  const units = amount?.minorUnits ?? 0n;
  return `${units / 100n}.${String(units % 100n).padStart(2, "0")} ${amount?.currency ?? ""}`.trim();
}

function describeLine({ quantity, name, productId, unitPrice }: OrderLine): string {
  return `${quantity} × ${name || productId}  ${money(unitPrice)}`;
}
