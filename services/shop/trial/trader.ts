import { setTimeout as delay } from "node:timers/promises";
import { OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { BalanceChange, UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { isConcordError } from "@concord/sdk";
import type { Books } from "./books.ts";
import type { Market } from "./market.ts";
import type { Operation, OrderDeed } from "./operations.ts";

/** Does operations to a shop. */
export interface Trader {
  /** Resolves when the operation was done or refused for good. `index` names its calls. */
  perform(operation: Operation, index: number): Promise<void>;
}

/** An order that was placed, and what is known of it. */
interface Placed {
  readonly orderId: string;
  readonly userId: string;
  paymentId?: string;
}

/** A call that was answered, to be made again: its answer has to be the same. */
type Repeatable = () => Promise<void>;

const timeoutMs = 10_000;
/** Longer than any death; a call that is still not answered is a fault. */
const answeredWithinMs = 90_000;
/** A key is forgotten after a day; a repetition later than that is another call. */
const keysKeptMs = 86_400_000;
/** A service that is being started again refuses at once. */
const pauseMs = 20;

/** Trades with a market, telling the books what moved. */
export function createTrader(market: Market, books: Books): Trader {
  const placed: Placed[] = [];
  const answered: Repeatable[] = [];
  const latest = <Value>(values: readonly Value[], nth: number): Value | undefined => values.at(-1 - nth);
  const call = <Answer>(key: string, run: (options: CallOptions) => Promise<Answer>) =>
    untilAnswered(key, () => run({ timeoutMs, headers: { "idempotency-key": key } }));

  /** Calls again with the key of a call that was answered. */
  const keep = (key: string, first: string, again: () => Promise<string | undefined>) => {
    const answeredAtMs = market.now();
    answered.push(async () => {
      if (market.now() - answeredAtMs > keysKeptMs / 2) return;
      const second = await again();
      if (second !== undefined && second !== first) books.fault(`${key} answered ${first} first and ${second} then`);
    });
  };

  const order = async ({ userId, productId, quantity, method }: Of<"order">, index: number) => {
    const place = async () => {
      const wish = { userId, items: [{ productId, quantity }], paymentMethod: method };
      const answer = await call(`order-${index}`, (options) => market.client(OrderService).createOrder(wish, options));
      return answer?.order?.orderId;
    };
    const orderId = await place();
    if (orderId === undefined) return;
    placed.push({ orderId, userId });
    keep(`order-${index}`, orderId, place);
  };

  const pay = async (target: Placed, key: string) => {
    const { orderId, userId } = target;
    const paying = async () => {
      const answer = await call(key, (options) => market.client(PaymentService).payOrder({ orderId, userId }, options));
      return answer?.payment?.paymentId;
    };
    const paymentId = await paying();
    if (paymentId === undefined) return;
    target.paymentId = paymentId;
    keep(key, paymentId, paying);
  };

  const adjust = async ({ userId, minorUnits }: Of<"adjust">, index: number) => {
    const change = minorUnits > 0n ? BalanceChange.ADD : BalanceChange.DEDUCT;
    const amount = { minorUnits: minorUnits > 0n ? minorUnits : -minorUnits, currency: "USD" };
    const wish = { userId, change, amount, operationId: `adjust-${index}` };
    const done = await call(wish.operationId, (options) => market.client(UserService).adjustBalance(wish, options));
    if (done) books.adjusted(userId, minorUnits);
  };

  const ship = ({ orderId }: Placed, index: number) =>
    call(`ship-${index}`, (options) =>
      market.client(OrderService).updateOrderStatus({ orderId, status: OrderStatus.SHIPPED }, options),
    );

  const refund = ({ paymentId = "" }: Placed, index: number) =>
    call(`refund-${index}`, (options) => market.client(PaymentService).refundPayment({ paymentId }, options));

  const cancel = ({ orderId }: Placed, index: number) =>
    call(`cancel-${index}`, (options) => market.client(OrderService).cancelOrder({ orderId }, options));

  const handle = async (kind: OrderDeed, target: Placed, index: number) => {
    if (kind === "pay") await pay(target, `pay-${index}`);
    else if (kind === "pay twice") await Promise.all([pay(target, `pay-${index}-a`), pay(target, `pay-${index}-b`)]);
    else if (kind === "ship") await ship(target, index);
    else if (kind === "cancel") await cancel(target, index);
    else if (target.paymentId !== undefined) await refund(target, index);
  };

  return {
    async perform(operation, index) {
      switch (operation.kind) {
        case "order":
          return order(operation, index);
        case "adjust":
          return adjust(operation, index);
        case "repeat":
          return latest(answered, operation.nth)?.();
        case "redeliver":
          return market.redeliver(operation.nth);
        case "kill":
          return market.kill(operation.nth, operation.steps);
        case "wait":
          return market.wait(operation.minutes);
        default: {
          const target = latest(placed, operation.nth);
          if (target) await handle(operation.kind, target, index);
        }
      }
    },
  };
}

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

interface CallOptions {
  readonly timeoutMs: number;
  readonly headers: Record<string, string>;
}

/** Failures that leave open what happened; the call is made again with its key. */
const open = ["unavailable", "deadline_exceeded", "transaction_conflict", "canceled"] as const;

/** Gives the answer; undefined for a call that is refused for good. */
async function untilAnswered<Answer>(key: string, run: () => Promise<Answer>): Promise<Answer | undefined> {
  for (const until = performance.now() + answeredWithinMs; ; await delay(pauseMs)) {
    try {
      return await run();
    } catch (error) {
      if (isConcordError(error, "internal")) throw error;
      if (!open.some((code) => isConcordError(error, code))) return undefined;
      if (performance.now() > until) throw new Error(`${key} is not answered`, { cause: error });
    }
  }
}
