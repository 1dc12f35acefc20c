import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { type DeclineReason, type PaymentSchema, PaymentStatus } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { ConcordError, type Sql } from "@concord/sdk";

/** A payment as the database keeps it. */
export interface StoredPayment {
  readonly paymentId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly amount: { readonly minorUnits: bigint; readonly currency: string };
  readonly method: PaymentMethod;
  readonly status: PaymentStatus;
  readonly declineReason: DeclineReason;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Stores a payment, PENDING; false when it is there already or its order has another one that is open or captured. */
export async function insert(
  sql: Sql,
  payment: Pick<StoredPayment, "paymentId" | "orderId" | "userId" | "amount" | "method">,
  nowMs: number,
): Promise<boolean> {
  const { paymentId, orderId, userId, amount, method } = payment;
  const inserted = await sql.query(
    `INSERT INTO payment (payment_id, order_id, user_id, amount_minor, currency, method, status, created_at_ms, updated_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING RETURNING payment_id`,
    [paymentId, orderId, userId, amount.minorUnits, amount.currency, method, PaymentStatus.PENDING, nowMs],
  );
  return inserted.length > 0;
}

/** Gives a payment, or refuses with `not_found`. */
export async function get(sql: Sql, paymentId: string): Promise<StoredPayment> {
  const payment = await find(sql, paymentId);
  if (payment) return payment;
  throw new ConcordError("not_found", `no payment ${paymentId}`);
}

/** Gives a payment, if there is one. */
export async function find(sql: Sql, paymentId: string): Promise<StoredPayment | undefined> {
  const [row] = await sql.query<PaymentRow>("SELECT * FROM payment WHERE payment_id = $1", [paymentId]);
  return row && fromRow(row);
}

/** Gives the captured payment of an order, if there is one. */
export async function findCaptured(sql: Sql, orderId: string): Promise<StoredPayment | undefined> {
  const [row] = await sql.query<PaymentRow>("SELECT * FROM payment WHERE order_id = $1 AND status = $2", [
    orderId,
    PaymentStatus.CAPTURED,
  ]);
  return row && fromRow(row);
}

/** Lists payments, the newest first, behind the payment named by `after`. */
export async function list(
  sql: Sql,
  { userId, after, limit }: { userId: string; after: string; limit: number },
): Promise<readonly StoredPayment[]> {
  const rows = await sql.query<PaymentRow>(
    `SELECT * FROM payment WHERE ($1 = '' OR user_id = $1) AND ($2 = '' OR payment_id < $2)
     ORDER BY payment_id DESC LIMIT $3`,
    [userId, after, limit],
  );
  return rows.map(fromRow);
}

/** Moves a payment to another status. */
export async function setStatus(
  sql: Sql,
  paymentId: string,
  { status, declineReason = 0, nowMs }: { status: PaymentStatus; declineReason?: DeclineReason; nowMs: number },
): Promise<void> {
  await sql.query("UPDATE payment SET status = $2, decline_reason = $3, updated_at_ms = $4 WHERE payment_id = $1", [
    paymentId,
    status,
    declineReason,
    nowMs,
  ]);
}

/** Records a movement of money; false when its operation moved before. */
export async function recordMovement(
  sql: Sql,
  {
    operationId,
    paymentId,
    minorUnits,
    currency,
  }: { operationId: string; paymentId: string; minorUnits: bigint; currency: string },
): Promise<boolean> {
  const rows = await sql.query(
    `INSERT INTO ledger (operation_id, payment_id, minor_units, currency) VALUES ($1, $2, $3, $4)
     ON CONFLICT (operation_id) DO NOTHING RETURNING operation_id`,
    [operationId, paymentId, minorUnits, currency],
  );
  return rows.length > 0;
}

/** Remembers that an order must not be charged any more. */
export async function forbidCharge(sql: Sql, orderId: string): Promise<void> {
  await sql.query("INSERT INTO do_not_charge (order_id) VALUES ($1) ON CONFLICT (order_id) DO NOTHING", [orderId]);
}

/** Tells whether an order was cancelled before its charge. */
export async function isChargeForbidden(sql: Sql, orderId: string): Promise<boolean> {
  const rows = await sql.query("SELECT order_id FROM do_not_charge WHERE order_id = $1", [orderId]);
  return rows.length > 0;
}

/** A payment as customers see it. */
export function toMessage({
  createdAtMs,
  updatedAtMs,
  ...rest
}: StoredPayment): MessageInitShape<typeof PaymentSchema> {
  return { ...rest, createdAt: timestampFromMs(createdAtMs), updatedAt: timestampFromMs(updatedAtMs) };
}

type Integer = number | string | bigint;

interface PaymentRow {
  payment_id: string;
  order_id: string;
  user_id: string;
  amount_minor: Integer;
  currency: string;
  method: Integer;
  status: Integer;
  decline_reason: Integer;
  created_at_ms: Integer;
  updated_at_ms: Integer;
}

function fromRow(row: PaymentRow): StoredPayment {
  return {
    paymentId: row.payment_id,
    orderId: row.order_id,
    userId: row.user_id,
    amount: { minorUnits: BigInt(row.amount_minor), currency: row.currency },
    method: Number(row.method),
    status: Number(row.status),
    declineReason: Number(row.decline_reason),
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
  };
}
