import { OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { type Clock, ConcordError } from "@concord/sdk";
import type { StoredOrder } from "./orders.ts";

const pollMs = 20;

/** Which statuses can still become which; what is not listed is final. */
const reachable: Partial<Record<OrderStatus, readonly OrderStatus[]>> = {
  [OrderStatus.CONFIRMED]: [OrderStatus.PENDING, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.CANCELLED],
  [OrderStatus.SHIPPED]: [OrderStatus.DELIVERED],
  [OrderStatus.DELIVERED]: [],
  [OrderStatus.CANCELLED]: [],
};

/**
 * Answers when the order has the status or can no longer reach it; at once for an unspecified one.
 * @throws {ConcordError} `deadline_exceeded` when neither happens in time.
 */
export async function waitForStatus(
  read: () => Promise<StoredOrder>,
  status: OrderStatus,
  { clock, signal, timeoutMs }: { clock: Clock; signal: AbortSignal; timeoutMs: number },
): Promise<StoredOrder> {
  const until = clock.now() + timeoutMs - pollMs;
  for (;;) {
    const order = await read();
    if (status === OrderStatus.UNSPECIFIED || order.status === status) return order;
    if (reachable[order.status]?.includes(status) === false) return order;
    // Open again after a refund: its stock is held, so it is not reserved a second time.
    if (status === OrderStatus.INVENTORY_RESERVED && order.stockHeld) return order;
    if (clock.now() >= until) {
      throw new ConcordError(
        "deadline_exceeded",
        `order ${order.orderId} is still ${OrderStatus[order.status]}; ask again`,
      );
    }
    await clock.sleep(pollMs, signal);
  }
}
