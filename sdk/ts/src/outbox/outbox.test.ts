import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { OrderConfirmedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ChargePaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { createContractReader } from "../core/contract/contract-reader.ts";
import type { Sql } from "../core/database.ts";
import { deadLetterMessage } from "../core/dead-letter.ts";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import { deadLetterEntry } from "../core/outbox-entry.ts";
import { createEventPreparer } from "../core/prepare-event.ts";
import { createIdGenerator } from "../core/uuid7.ts";
import { openRelayBed, type RelayBed } from "../testing/relay-bed.ts";
import { stopAt } from "../testing/stop-at.ts";
import { createValidation } from "../validation/validation.ts";
import { createOutbox, type OutboxOptions } from "./outbox.ts";

const confirmed = (orderId: string) => ({
  orderId,
  userId: "user-1",
  paymentId: "pay-1",
  lines: [{ productId: "kb-1", quantity: 2 }],
  total: { minorUnits: 100n, currency: "USD" },
});

const charge = {
  paymentId: "pay-1",
  orderId: "order-1",
  userId: "user-1",
  amount: { minorUnits: 100n, currency: "USD" },
  method: PaymentMethod.CARD,
};

function outboxOf(bed: RelayBed, options: Partial<OutboxOptions<Sql>> = {}) {
  const preparer = createEventPreparer({
    service: "orders",
    source: "/shop/orders",
    contracts: createContractReader(),
    validate: createValidation(),
    ids: createIdGenerator({ clock: systemClock, random: Math.random }),
    maxPayloadBytes: () => 1_048_576,
  });
  return createOutbox<Sql>({ store: bed.stores.outbox, preparer, ...options });
}

describe("an outbox", () => {
  it("stores an event with the caller's transaction, and the relay sends it with its sequence (F18)", async () => {
    await using bed = await openRelayBed();
    const outbox = outboxOf(bed);
    const { id } = await bed.database.transaction((tx) =>
      outbox.within(tx).publish(OrderConfirmedSchema, confirmed("order-1")),
    );
    await bed.relay().runUntilIdle();
    const [message] = await bed.stored();
    expect(decodeEnvelope(message!.body)).toMatchObject({ id, key: "order-1", sequence: 1n });
    expect(message!.subject).toBe("evt.orders.5.order-1.shop.orders.v1.OrderConfirmed");
  });

  it("leaves nothing behind when the transaction is rolled back", async () => {
    await using bed = await openRelayBed();
    const outbox = outboxOf(bed);
    const failed = bed.database.transaction(async (tx) => {
      await outbox.within(tx).publish(OrderConfirmedSchema, confirmed("order-1"));
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await bed.stores.outbox.status()).toMatchObject({ waiting: 0 });
  });

  it("buffers inside a handler and stores all in one statement at its end", async () => {
    await using bed = await openRelayBed();
    const inserts: number[] = [];
    const store = {
      insert: (tx: Sql, entries: Parameters<typeof bed.stores.outbox.insert>[1]) => {
        inserts.push(entries.length);
        return bed.stores.outbox.insert(tx, entries);
      },
    };
    const outbox = outboxOf(bed, { store });
    await bed.database.transaction(async (tx) => {
      const scope = outbox.within(tx, { buffer: true });
      await scope.publish(OrderConfirmedSchema, confirmed("order-1"));
      await scope.publish(OrderConfirmedSchema, confirmed("order-2"));
      await scope.send(ChargePaymentSchema, charge);
      expect(inserts).toEqual([]);
      await scope.flush();
    });
    expect(inserts).toEqual([3]);
    await bed.relay().runUntilIdle();
    expect(await bed.stored()).toHaveLength(2);
    expect(await bed.stored("cmd-payments")).toHaveLength(1);
  });

  it("stores a batch in one statement, in its order", async () => {
    await using bed = await openRelayBed();
    const outbox = outboxOf(bed);
    const published = await bed.database.transaction((tx) =>
      outbox.within(tx).publishAll(OrderConfirmedSchema, [confirmed("order-1"), confirmed("order-2")]),
    );
    await bed.relay().runUntilIdle();
    const ids = (await bed.stored()).map(({ body }) => decodeEnvelope(body).id);
    expect(ids.toSorted()).toEqual(published.map(({ id }) => id));
  });

  it("refuses to publish without a transaction, and after its end", async () => {
    await using bed = await openRelayBed();
    const outbox = outboxOf(bed);
    expect(() => outbox.within(undefined as unknown as Sql)).toThrow(
      expect.objectContaining({ code: "outside_transaction" }),
    );
    await bed.database.transaction(async (tx) => {
      const scope = outbox.within(tx, { buffer: true });
      await scope.flush();
      await expect(scope.publish(OrderConfirmedSchema, confirmed("order-1"))).rejects.toMatchObject({
        code: "outside_transaction",
      });
    });
  });

  it("refuses an invalid event at once and keeps the transaction usable", async () => {
    await using bed = await openRelayBed();
    const outbox = outboxOf(bed);
    await bed.database.transaction(async (tx) => {
      const scope = outbox.within(tx, { buffer: true });
      await expect(scope.publish(OrderConfirmedSchema, {})).rejects.toMatchObject({ code: "invalid_data" });
      await scope.publish(OrderConfirmedSchema, confirmed("order-1"));
      await scope.flush();
    });
    expect(await bed.stores.outbox.status()).toMatchObject({ waiting: 1 });
  });

  it("wakes the relay for its partitions after the commit, unless it dies before (T9; dies after commit, before wake)", async () => {
    for (const probe of [undefined, stopAt("outbox.commit")]) {
      await using bed = await openRelayBed();
      const woken: number[] = [];
      const outbox = outboxOf(bed, { probe, wake: (partitions) => woken.push(...partitions) });
      const scope = await bed.database.transaction(async (tx) => {
        const scope = outbox.within(tx);
        await scope.publish(OrderConfirmedSchema, confirmed("order-1"));
        return scope;
      });
      await (probe ? expect(scope.committed()).rejects.toThrow("died") : scope.committed());
      expect(woken).toHaveLength(probe ? 0 : 1);
      await bed.relay().runUntilIdle();
      expect(await bed.stored()).toHaveLength(1);
    }
  });

  it("rolls back when it dies between the business write and the insert, or after the insert", async () => {
    await using bed = await openRelayBed();
    const outbox = outboxOf(bed, { probe: stopAt("outbox.insert") });
    const dying = bed.database.transaction((tx) =>
      outbox.within(tx).publish(OrderConfirmedSchema, confirmed("order-1")),
    );
    await expect(dying).rejects.toThrow("died at outbox.insert");
    expect(await bed.stores.outbox.status()).toMatchObject({ waiting: 0 });
  });

  it("sends a dead letter as it is, in a line of its own", async () => {
    await using bed = await openRelayBed();
    await bed.transport.provision([
      { name: "dlq-orders", subjects: ["dlq.orders.>"], partitions: 1, retentionMs: 1_000_000, dedupeWindowMs: 1_000 },
    ]);
    const message = {
      stream: "evt-users",
      sequence: 3n,
      subject: `evt.users.0.${"%C3%BC".repeat(40)}.shop.users.v1.UserCreated`,
      headers: { "content-type": "x/y" },
      body: Uint8Array.of(1, 2, 3),
      storedAtMs: 0,
    };
    const letter = deadLetterMessage({
      service: "orders",
      message,
      reason: "undecodable",
      error: "undecodable",
      attempts: 0,
      redrives: 0,
    });
    const outbox = outboxOf(bed);
    await bed.database.transaction((tx) => outbox.within(tx).add(deadLetterEntry(letter)));
    await bed.relay().runUntilIdle();
    const [stored] = await bed.stored("dlq-orders");
    expect(stored).toMatchObject({ subject: letter.subject, body: message.body });
    expect(stored!.headers).toMatchObject({ "concord-reason": "undecodable", "content-type": "x/y" });
  });
});
