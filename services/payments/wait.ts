import { PaymentStatus } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { ConcordError, type RpcContext, type Sql } from "@concord/sdk";
import * as payments from "./payments.ts";

const pollMs = 20;
/** Bounds the wait of a caller without a deadline. */
const defaultTimeoutMs = 5_000;

/**
 * Gives a payment as soon as it no longer has a status.
 * @throws {ConcordError} `deadline_exceeded` when it keeps it until the caller's deadline.
 */
export async function untilLeft(
  { db, clock, signal, timeLeftMs }: Pick<RpcContext<Sql>, "db" | "clock" | "signal" | "timeLeftMs">,
  paymentId: string,
  status: PaymentStatus,
): Promise<payments.StoredPayment> {
  const until = clock.now() + (timeLeftMs() ?? defaultTimeoutMs) - pollMs;
  for (;;) {
    const payment = await payments.get(db, paymentId);
    if (payment.status !== status) return payment;
    if (clock.now() >= until) {
      const message = `payment ${paymentId} is still ${PaymentStatus[status]}; repeat the call with the same key`;
      throw new ConcordError("deadline_exceeded", message);
    }
    await clock.sleep(pollMs, signal);
  }
}
