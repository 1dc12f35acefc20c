import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { type Order, OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { isConcordError } from "@concord/sdk";
import { createRpcClient } from "@concord/sdk/rpc";
import type { MailCatcher } from "./mail-catcher.ts";

/** What the story is told with. */
export interface StoryOptions {
  /** Address of the shop's front. */
  readonly url: string;
  readonly mails: MailCatcher;
  readonly say: (line: string) => void;
  /** How long each order may take to its end, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** Done to the shop as soon as each order is placed. */
  readonly interrupt?: (() => Promise<void>) | undefined;
}

/** The story did not come true; the message says what was seen instead. */
export class StoryError extends Error {
  override readonly name = "StoryError";
}

const customer = "ada";

/**
 * Plays two orders through the real services and tells what they answered: one that is confirmed, with its mail, and one
 * that is cancelled because too little is in stock.
 * @throws {StoryError} when an order ends otherwise or a mail does not come.
 */
export async function tellStory({ url, mails, say, timeoutMs = 30_000, interrupt }: StoryOptions): Promise<void> {
  const orders = createRpcClient(OrderService, { url, timeoutMs });
  const play = (productId: string, quantity: number) =>
    placeAndWatch(orders, { productId, quantity, timeoutMs, interrupt });

  const bought = await play("keyboard", 2);
  expectEnd(bought, OrderStatus.CONFIRMED);
  const mail = await mails.waitFor(`${bought.order.orderId} is confirmed`, timeoutMs);
  if (!mail) throw new StoryError(`order ${bought.order.orderId} was confirmed, but no mail said so`);
  say(`✓ order ${short(bought)}  2 × keyboard  ${path(bought)}   ${bought.durationMs} ms   mail to ${mail.to}`);
  say(`    "${mail.subject}"`);

  const refused = await play("keyboard", 100);
  expectEnd(refused, OrderStatus.CANCELLED);
  say(`✓ order ${short(refused)}  100 × keyboard  ${path(refused)}  ${refused.order.cancellationDetail}`);
}

type Orders = ReturnType<typeof createRpcClient<typeof OrderService>>;

interface Played {
  readonly order: Order;
  readonly durationMs: number;
}

interface Wish {
  readonly productId: string;
  readonly quantity: number;
  readonly timeoutMs: number;
}

/** A service that is just being started again is asked once more. */
async function untilEnded(orders: Orders, orderId: string): Promise<Order | undefined> {
  try {
    const { order } = await orders.getOrder({ orderId, waitFor: OrderStatus.CONFIRMED }, { timeoutMs: 2_000 });
    return order;
  } catch (error) {
    if (!isConcordError(error, "unavailable") && !isConcordError(error, "deadline_exceeded")) throw error;
    return undefined;
  }
}

async function placeAndWatch(
  orders: Orders,
  { productId, quantity, timeoutMs, interrupt }: Wish & Pick<StoryOptions, "interrupt">,
): Promise<Played> {
  const started = performance.now();
  const items = [{ productId, quantity }];
  const { order: placed } = await orders.createOrder({ userId: customer, items, paymentMethod: PaymentMethod.CARD });
  if (!placed) throw new StoryError("orders answered without an order");
  await interrupt?.();
  for (;;) {
    const order = await untilEnded(orders, placed.orderId);
    const durationMs = Math.round(performance.now() - started);
    if (order?.status === OrderStatus.CONFIRMED || order?.status === OrderStatus.CANCELLED)
      return { order, durationMs };
    if (durationMs > timeoutMs) throw new StoryError(`order ${placed.orderId} did not end within ${timeoutMs} ms`);
  }
}

function expectEnd({ order }: Played, wanted: OrderStatus): void {
  if (order.status === wanted) return;
  const detail = order.cancellationDetail && ` (${order.cancellationDetail})`;
  throw new StoryError(
    `order ${order.orderId} ended ${OrderStatus[order.status]}${detail}, not ${OrderStatus[wanted]}`,
  );
}

function path({ order }: Played): string {
  return order.history.map(({ status }) => OrderStatus[status]).join(" → ");
}

function short({ order: { orderId } }: Played): string {
  return `${orderId.slice(0, 4)}…${orderId.slice(-2)}`;
}
