import { describe, expect, it } from "vitest";
import type { OperationRef } from "../../../core/store/inbox-store.ts";
import { begin, openBed, type StoreComplianceOptions } from "./bed.ts";
import { uuidV7 } from "./samples.ts";

const operation: OperationRef = {
  consumer: "inventory",
  source: "/shop/orders",
  type: "shop.orders.v1.OrderCreated",
  idempotencyKey: "order-1",
};

/** One effect per business operation. */
export function operations<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  describe("operations", () => {
    it("belong to the first event that names them, also when it is redriven", async () => {
      await using t = await openBed(options);
      const claim = (eventId: string) => t.inTx((tx) => t.stores.inbox.claimOperation(tx, operation, eventId));
      expect(await claim(uuidV7(1))).toBe(true);
      expect(await claim(uuidV7(2))).toBe(false);
      expect(await claim("foreign")).toBe(false);
      expect(await claim(uuidV7(1))).toBe(true);
      expect((await t.stores.inbox.status()).operations).toBe(1);
    });

    it("are told apart by consumer, source, type and key", async () => {
      await using t = await openBed(options);
      const others: OperationRef[] = [
        operation,
        { ...operation, consumer: "payments" },
        { ...operation, source: "/shop/carts" },
        { ...operation, type: "shop.orders.v1.OrderCancelled" },
        { ...operation, idempotencyKey: "order-2" },
        { ...operation, idempotencyKey: `${"long".repeat(5_000)}1` },
        { ...operation, idempotencyKey: `${"long".repeat(5_000)}2` },
      ];
      for (const [index, other] of others.entries()) {
        expect(await t.inTx((tx) => t.stores.inbox.claimOperation(tx, other, uuidV7(index)))).toBe(true);
      }
      for (const other of others) {
        expect(await t.inTx((tx) => t.stores.inbox.claimOperation(tx, other, uuidV7(99)))).toBe(false);
      }
    });

    it("make a second event wait for the first one's end", async () => {
      await using t = await openBed(options);
      for (const end of ["commit", "rollBack"] as const) {
        const named = { ...operation, idempotencyKey: end };
        const first = await begin(t.bed.database);
        await t.stores.inbox.claimOperation(first.tx, named, uuidV7(1));
        const second = t.inTx((tx) => t.stores.inbox.claimOperation(tx, named, uuidV7(2)));
        await t.bed.untilWaiting(1);
        await first[end]();
        expect(await second).toBe(end === "rollBack");
      }
    });
  });
}
