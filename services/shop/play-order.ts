import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { type Order, OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { isConcordError } from "@concord/sdk";
import { createRpcClient } from "@concord/sdk/rpc";

/** The story did not come true; the message says what was seen instead. */
export class StoryError extends Error {
  override readonly name = "StoryError";
}

/** An order to be played through the shop. */
export interface Wish {
  readonly userId: string;
  readonly productId: string;
  readonly quantity: number;
  /** Pays it as soon as it is placed. Default: a card is charged, which needs no call. */
  readonly pay?: ((orderId: string) => Promise<void>) | undefined;
  /** How it has to end. */
  readonly end: OrderStatus;
}

/** Where and how orders are played. */
export interface Stage {
  /** Address of the shop's front. */
  readonly url: string;
  /** How long each order may take to its end, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives the token that calls are made with, where they need one. */
  readonly token?: (() => string) | undefined;
  /** Done to the shop as soon as each order is placed. */
  readonly interrupt?: (() => Promise<void>) | undefined;
}

/** An order at its end. */
export interface Played {
  readonly order: Order;
  readonly durationMs: number;
}

/**
 * Places an order and waits for its end.
 * @throws {StoryError} when it ends otherwise than it has to, or not in time.
 */
export async function playOrder({ userId, productId, quantity, pay, end }: Wish, stage: Stage): Promise<Played> {
  const { timeoutMs, interrupt } = stage;
  const orders = createRpcClient(OrderService, toClientOptions(stage));
  const started = performance.now();
  const paymentMethod = pay ? PaymentMethod.BALANCE : PaymentMethod.CARD;
  const { order: placed } = await orders.createOrder({ userId, items: [{ productId, quantity }], paymentMethod });
  if (!placed) throw new StoryError("orders answered without an order");
  await interrupt?.();
  await pay?.(placed.orderId);
  for (;;) {
    const order = await untilEnded(orders, placed.orderId);
    const durationMs = Math.round(performance.now() - started);
    if (order && isEnd(order.status)) return expectEnd({ order, durationMs }, end);
    if (durationMs > timeoutMs) throw new StoryError(`order ${placed.orderId} did not end within ${timeoutMs} ms`);
  }
}

/** How services of the shop are called. */
export function toClientOptions({ url, timeoutMs, token }: Stage): Pick<Stage, "url" | "timeoutMs" | "token"> {
  return { url, timeoutMs, token };
}

type Orders = ReturnType<typeof createRpcClient<typeof OrderService>>;

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

function isEnd(status: OrderStatus): boolean {
  return status === OrderStatus.CONFIRMED || status === OrderStatus.CANCELLED;
}

function expectEnd(played: Played, wanted: OrderStatus): Played {
  const { orderId, status, cancellationDetail } = played.order;
  if (status === wanted) return played;
  const detail = cancellationDetail && ` (${cancellationDetail})`;
  throw new StoryError(`order ${orderId} ended ${OrderStatus[status]}${detail}, not ${OrderStatus[wanted]}`);
}
