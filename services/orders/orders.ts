import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { type CancellationReason, type OrderSchema, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ConcordError, type Sql } from "@concord/sdk";
import type { PricedLine } from "./prices.ts";

/** An order as the database keeps it. */
export interface StoredOrder {
  readonly orderId: string;
  readonly userId: string;
  readonly status: OrderStatus;
  readonly stockHeld: boolean;
  readonly paymentMethod: PaymentMethod;
  readonly paymentId: string | undefined;
  /** The payment whose money goes back, or went back last. */
  readonly refundingPaymentId: string | undefined;
  readonly total: { readonly minorUnits: bigint; readonly currency: string };
  readonly lines: readonly {
    productId: string;
    name: string;
    quantity: number;
    unitPrice: { minorUnits: bigint; currency: string };
  }[];
  readonly cancellationReason: CancellationReason;
  readonly cancellationDetail: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly history: readonly { status: OrderStatus; atMs: number }[];
  /** Counts its changes. */
  readonly version: number;
}

/** Stores a new order. */
export async function insert(
  sql: Sql,
  order: { orderId: string; userId: string; paymentMethod: PaymentMethod; lines: readonly PricedLine[]; nowMs: number },
): Promise<StoredOrder> {
  const total = order.lines.reduce((sum, { minorUnits, quantity }) => sum + minorUnits * BigInt(quantity), 0n);
  const currency = order.lines[0]?.currency ?? "";
  await sql.query(
    `INSERT INTO customer_order (order_id, user_id, status, payment_method, total_minor, currency, created_at_ms, updated_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
    [order.orderId, order.userId, OrderStatus.PENDING, order.paymentMethod, total, currency, order.nowMs],
  );
  for (const [position, line] of order.lines.entries()) {
    await sql.query(
      "INSERT INTO order_line (order_id, position, product_id, name, quantity, unit_minor) VALUES ($1, $2, $3, $4, $5, $6)",
      [order.orderId, position, line.productId, line.name, line.quantity, line.minorUnits],
    );
  }
  await addStep(sql, order.orderId, { status: OrderStatus.PENDING, atMs: order.nowMs });
  return get(sql, order.orderId);
}

/** Gives an order, or refuses with `not_found`. */
export async function get(sql: Sql, orderId: string): Promise<StoredOrder> {
  const [row] = await sql.query<OrderRow>("SELECT * FROM customer_order WHERE order_id = $1", [orderId]);
  if (!row) throw new ConcordError("not_found", `no order ${orderId}`);
  return fromRow(sql, row);
}

/** Lists orders, the newest first, behind the order named by `after`. */
export async function list(
  sql: Sql,
  { userId, after, limit }: { userId: string; after: string; limit: number },
): Promise<readonly StoredOrder[]> {
  const rows = await sql.query<OrderRow>(
    `SELECT * FROM customer_order WHERE ($1 = '' OR user_id = $1) AND ($2 = '' OR order_id < $2)
     ORDER BY order_id DESC LIMIT $3`,
    [userId, after, limit],
  );
  return Promise.all(rows.map((row) => fromRow(sql, row)));
}

/** Names orders of some statuses that have not changed since a time, the longest first, at most 100. */
export async function listQuiet(
  sql: Sql,
  { statuses, untilMs }: { statuses: readonly OrderStatus[]; untilMs: number },
): Promise<readonly string[]> {
  const rows = await sql.query<{ order_id: string }>(
    `SELECT order_id FROM customer_order WHERE status IN (${statuses.join(", ")}) AND updated_at_ms <= $1
     ORDER BY updated_at_ms LIMIT 100`,
    [untilMs],
  );
  return rows.map(({ order_id }) => order_id);
}

/** What changes when an order moves. */
export interface OrderChange {
  readonly status?: OrderStatus;
  readonly stockHeld?: boolean;
  readonly paymentId?: string;
  readonly refundingPaymentId?: string;
  readonly cancellationReason?: CancellationReason;
  readonly cancellationDetail?: string;
}

/**
 * Stores an order's change and gives the changed order.
 * @throws {ConcordError} `transaction_conflict` when another transaction has changed it since it was read; it is run again.
 */
export async function change(sql: Sql, order: StoredOrder, given: OrderChange, nowMs: number): Promise<StoredOrder> {
  const step =
    given.status === undefined || given.status === order.status ? [] : [{ status: given.status, atMs: nowMs }];
  const version = order.version + 1;
  const next = { ...order, ...given, updatedAtMs: nowMs, history: [...order.history, ...step], version };
  const changed = await sql.query(
    `UPDATE customer_order SET status = $2, stock_held = $3, payment_id = $4, cancellation_reason = $5,
       cancellation_detail = $6, updated_at_ms = $7, version = $8, refunding_payment_id = $9
     WHERE order_id = $1 AND version = $10 RETURNING order_id`,
    [
      order.orderId,
      next.status,
      next.stockHeld ? 1 : 0,
      next.paymentId ?? null,
      next.cancellationReason,
      next.cancellationDetail,
      nowMs,
      version,
      next.refundingPaymentId ?? null,
      order.version,
    ],
  );
  if (changed.length === 0) {
    throw new ConcordError("transaction_conflict", `order ${order.orderId} was changed at the same time; try again`);
  }
  for (const added of step) await addStep(sql, order.orderId, added);
  return next;
}

/** Tells whether PayOrder can pay an order now. The card of a reserved one is being charged already. */
function isPayable({ status, stockHeld, paymentMethod }: StoredOrder): boolean {
  if (!stockHeld) return false;
  if (status === OrderStatus.PENDING) return true;
  return status === OrderStatus.INVENTORY_RESERVED && paymentMethod === PaymentMethod.BALANCE;
}

/** An order as customers see it. */
export function toMessage(order: StoredOrder): MessageInitShape<typeof OrderSchema> {
  const { orderId, userId, status, paymentMethod, total, cancellationReason, cancellationDetail } = order;
  const { createdAtMs, updatedAtMs, lines, history } = order;
  return {
    orderId,
    userId,
    status,
    paymentMethod,
    total,
    cancellationReason,
    cancellationDetail,
    payable: isPayable(order),
    lines: [...lines],
    createdAt: timestampFromMs(createdAtMs),
    updatedAt: timestampFromMs(updatedAtMs),
    history: history.map(({ status, atMs }) => ({ status, at: timestampFromMs(atMs) })),
  };
}

async function addStep(
  sql: Sql,
  orderId: string,
  { status, atMs }: { status: OrderStatus; atMs: number },
): Promise<void> {
  await sql.query(
    `INSERT INTO order_step (order_id, step, status, at_ms)
     SELECT $1, count(*), CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM order_step WHERE order_id = $1`,
    [orderId, status, atMs],
  );
}

type Integer = number | string | bigint;

interface OrderRow {
  order_id: string;
  user_id: string;
  status: Integer;
  stock_held: Integer;
  payment_method: Integer;
  payment_id: string | null;
  refunding_payment_id: string | null;
  total_minor: Integer;
  currency: string;
  cancellation_reason: Integer;
  cancellation_detail: string;
  created_at_ms: Integer;
  updated_at_ms: Integer;
  version: Integer;
}

async function fromRow(sql: Sql, row: OrderRow): Promise<StoredOrder> {
  const lines = await sql.query<{ product_id: string; name: string; quantity: Integer; unit_minor: Integer }>(
    "SELECT product_id, name, quantity, unit_minor FROM order_line WHERE order_id = $1 ORDER BY position",
    [row.order_id],
  );
  const steps = await sql.query<{ status: Integer; at_ms: Integer }>(
    "SELECT status, at_ms FROM order_step WHERE order_id = $1 ORDER BY step",
    [row.order_id],
  );
  return {
    orderId: row.order_id,
    userId: row.user_id,
    status: Number(row.status),
    stockHeld: Number(row.stock_held) === 1,
    paymentMethod: Number(row.payment_method),
    paymentId: row.payment_id ?? undefined,
    refundingPaymentId: row.refunding_payment_id ?? undefined,
    total: { minorUnits: BigInt(row.total_minor), currency: row.currency },
    lines: lines.map((line) => ({
      productId: line.product_id,
      name: line.name,
      quantity: Number(line.quantity),
      unitPrice: { minorUnits: BigInt(line.unit_minor), currency: row.currency },
    })),
    cancellationReason: Number(row.cancellation_reason),
    cancellationDetail: row.cancellation_detail,
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
    history: steps.map(({ status, at_ms }) => ({ status: Number(status), atMs: Number(at_ms) })),
    version: Number(row.version),
  };
}
