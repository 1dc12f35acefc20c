import { OrderConfirmedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { describe, expect, it } from "vitest";
import { createContractReader } from "../core/contract/contract-reader.ts";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import { ConcordError } from "../core/error.ts";
import { createEventPreparer } from "../core/prepare-event.ts";
import { createIdGenerator } from "../core/uuid7.ts";
import type { FaultPlan } from "../testing/faulty-transport.ts";
import { openRelayBed, type RelayBed } from "../testing/relay-bed.ts";
import { without } from "../testing/stop-at.ts";
import { createValidation } from "../validation/validation.ts";
import { createPublisher, type EventPublisherOptions } from "./create-publisher.ts";

const confirmed = (orderId: string, paymentId = "pay-1") => ({
  orderId,
  userId: "user-1",
  paymentId,
  lines: [{ productId: "kb-1", quantity: 2 }],
  total: { minorUnits: 100n, currency: "USD" },
});

function publisherOf({ transport, clock }: RelayBed, options: Partial<EventPublisherOptions> = {}) {
  const preparer = createEventPreparer({
    service: "orders",
    source: "/shop/orders",
    contracts: createContractReader(),
    validate: createValidation(),
    ids: createIdGenerator({ clock, random: Math.random }),
    clock,
    maxPayloadBytes: () => transport.maxPayloadBytes,
  });
  return createPublisher({ transport, preparer, clock, random: () => 0.5, ...options });
}

const failing = (times: number, when: "before" | "after", code: "unavailable" | "permission_denied"): FaultPlan => {
  let left = times;
  return () => (left-- > 0 ? { when, error: new ConcordError(code, "planned") } : undefined);
};

describe("a publisher without a database", () => {
  it("resolves when the broker has the event, which has no sequence (F18)", async () => {
    await using bed = await openRelayBed();
    const { id } = await publisherOf(bed).publish(OrderConfirmedSchema, confirmed("order-1"));
    const [message] = await bed.stored();
    expect(decodeEnvelope(message!.body)).toMatchObject({ id, key: "order-1", sequence: undefined });
  });

  it("repeats with the same id what was not acknowledged, so that the broker keeps it once (T22)", async () => {
    for (const probe of [undefined, without("new-event-id-on-retry")]) {
      await using bed = await openRelayBed({ faults: failing(3, "after", "unavailable") });
      await publisherOf(bed, { probe }).publish(OrderConfirmedSchema, confirmed("order-1"));
      expect(await bed.stored()).toHaveLength(probe ? 4 : 1);
    }
  });

  it("gives up at its deadline, says why, and that the event may be stored", async () => {
    await using bed = await openRelayBed({ faults: failing(1_000, "before", "unavailable") });
    const startMs = bed.clock.now();
    const publishing = publisherOf(bed, { deadlineMs: 5_000 }).publish(OrderConfirmedSchema, confirmed("order-1"));
    await expect(publishing).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("may be stored"),
    });
    expect(bed.clock.now() - startMs).toBeLessThanOrEqual(5_000);
  });

  it("pauses longer and longer while the broker is not connected, also with the worst of luck", async () => {
    let tries = 0;
    const faults: FaultPlan = () => {
      tries++;
      return { when: "before", error: new ConcordError("unavailable", "NATS is not connected; try again") };
    };
    await using bed = await openRelayBed({ faults });
    const publishing = publisherOf(bed, { random: () => 0 }).publish(OrderConfirmedSchema, confirmed("order-1"));
    await expect(publishing).rejects.toMatchObject({ code: "unavailable" });
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(40);
  });

  it("does not repeat what the broker refuses", async () => {
    await using bed = await openRelayBed({ faults: failing(1, "before", "permission_denied") });
    const publishing = publisherOf(bed).publish(OrderConfirmedSchema, confirmed("order-1"));
    await expect(publishing).rejects.toMatchObject({ code: "permission_denied" });
  });

  it("stops repeating when its caller gives up", async () => {
    await using bed = await openRelayBed({ faults: failing(1_000, "before", "unavailable") });
    const caller = new AbortController();
    const options = { signal: caller.signal };
    const publishing = publisherOf(bed).publish(OrderConfirmedSchema, confirmed("order-1"), options);
    const refused = expect(publishing).rejects.toMatchObject({ code: "canceled" });
    await bed.clock.sleep(500);
    caller.abort();
    await refused;
  });

  it("keeps the order of a key within a batch, also when one of it must be repeated", async () => {
    await using bed = await openRelayBed({ faults: failing(2, "before", "unavailable") });
    const payments = Array.from({ length: 10 }, (_, index) => `pay-${index}`);
    await publisherOf(bed).publishAll(
      OrderConfirmedSchema,
      payments.map((paymentId) => confirmed("order-1", paymentId)),
    );
    const keys = (await bed.stored()).map(({ body }) => decodeEnvelope(body).idempotencyKey);
    expect(keys).toEqual(payments.map((paymentId) => `order-1/${paymentId}`));
  });

  it("names the event being handled as the cause", async () => {
    await using bed = await openRelayBed();
    const cause = { id: "cause-1", source: "/s", type: "t", correlationId: "process-1", attributes: {} };
    await publisherOf(bed).causedBy(cause).publish(OrderConfirmedSchema, confirmed("order-1"));
    const [message] = await bed.stored();
    expect(decodeEnvelope(message!.body)).toMatchObject({ causationId: "cause-1", correlationId: "process-1" });
  });
});
