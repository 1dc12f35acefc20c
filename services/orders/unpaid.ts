import { CancellationReason, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import type { JobContext } from "@concord/sdk";
import * as orders from "./orders.ts";
import { cancel } from "./transitions.ts";

/** How long an order may wait to be paid, in milliseconds: from being placed, held in stock or opened again, the latest of them. */
export const payWithinMs = 15 * 60_000;

/** Statuses of orders that are not paid. */
const unpaid: readonly OrderStatus[] = [OrderStatus.PENDING, OrderStatus.INVENTORY_RESERVED];

/** Cancels orders that nobody has paid in time, each in a transaction of its own. Money that comes later is sent back. */
export async function cancelUnpaid({ db, clock, signal, transaction }: JobContext): Promise<void> {
  for (const orderId of await orders.listQuiet(db, { statuses: unpaid, untilMs: clock.now() - payWithinMs })) {
    signal.throwIfAborted();
    await transaction(async (scope) => {
      const { status, updatedAtMs } = await orders.get(scope.tx, orderId);
      // It was paid or cancelled since, or another replica was faster.
      if (!unpaid.includes(status) || updatedAtMs > clock.now() - payWithinMs) return;
      const minutes = payWithinMs / 60_000;
      await cancel(scope, { orderId, reason: CancellationReason.UNPAID, detail: `not paid within ${minutes} minutes` });
    });
  }
}
