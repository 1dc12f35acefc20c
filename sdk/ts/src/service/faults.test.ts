import {
  InventoryService,
  ProductListedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { describe, expect, it } from "vitest";
import type { Publish } from "../core/handler.ts";
import { silentLog } from "../core/log.ts";
import { openEmbedded } from "../embedded/index.ts";
import { openSqlite } from "../sqlite/index.ts";
import { createTestBed } from "../testing/index.ts";
import { createService } from "./service.ts";

const lines = [{ productId: "kb-1", quantity: 1 }];
const price = { minorUnits: 100n, currency: "USD" };
const product = { productId: "kb-1", name: "Keyboard", quantity: 1, price };

describe("publishing outside of a transaction", () => {
  it("does not compile: neither a service nor a method's context has the verb", () => {
    const service = createService({ name: "inventory" });
    // @ts-expect-error: a service publishes within transactions only
    expect(service.publish).toBeUndefined();
    service.rpc(InventoryService, {
      getStock: (_, context) => {
        // @ts-expect-error: only what `transaction` hands out can publish
        expect(context.publish).toBeUndefined();
        return {};
      },
    });
  });

  it("is refused with a code of its own when the verb was carried out of its transaction", async () => {
    const kept: Publish[] = [];
    const service = createService({ name: "inventory", contract: InventoryService })
      .on(OrderCreatedSchema, ({ publish }) => void kept.push(publish))
      .rpc(InventoryService, {
        putProduct: (_, { transaction }) =>
          transaction(async ({ publish }) => {
            kept.push(publish);
            return {};
          }),
      });
    await using bed = await createTestBed({ services: [service] });
    await bed.client(InventoryService).putProduct(product);
    await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines });
    await bed.settled();
    expect(kept).toHaveLength(2);
    for (const publish of kept) {
      await expect(publish(StockReservedSchema, { orderId: "o-1" })).rejects.toMatchObject({
        code: "outside_transaction",
      });
    }
    expect(await bed.published(StockReservedSchema)).toEqual([]);
  });
});

describe("an event above the broker's limit", () => {
  it("is refused in publish, and takes the business rows along (T17)", async () => {
    const refused: unknown[] = [];
    const left: unknown[] = [];
    const service = createService({ name: "inventory", contract: InventoryService }).rpc(InventoryService, {
      putProduct: (_, { transaction }) =>
        transaction(async ({ tx, publish }) => {
          await tx.query("CREATE TABLE stock (id TEXT)");
          const attributes = { note: "x".repeat(2_000_000) };
          const publishing = publish(
            ProductListedSchema,
            { productId: "kb-1", name: "Keyboard", price },
            { attributes },
          );
          await publishing.catch((error) => refused.push(error.code));
          await publishing;
          return {};
        }),
      getStock: async (_, { db }) => {
        left.push(...(await db.query("SELECT name FROM sqlite_master WHERE name = 'stock'")));
        return {};
      },
    });
    await using bed = await createTestBed({ services: [service] });
    await expect(bed.client(InventoryService).putProduct(product)).rejects.toThrow();
    await bed.settled();
    await bed.client(InventoryService).getStock({ productId: "kb-1" });
    expect([refused, left]).toEqual([["too_large"], []]);
    expect(await bed.published(ProductListedSchema)).toEqual([]);
  });
});

describe("two services of one name with different databases", () => {
  it("are found out by the database's id beside the dead letters, and the second is refused", async () => {
    await using transport = await openEmbedded({ path: ":memory:" });
    const start = () => {
      const service = createService({ name: "inventory", contract: InventoryService }).on(OrderCreatedSchema, () => {});
      const database = openSqlite({ path: ":memory:" });
      return service.start({ transport, database, listen: false, log: silentLog });
    };
    await using _ = await start();
    await expect(start()).rejects.toMatchObject({
      code: "stream_conflict",
      message: expect.stringContaining("dlq-inventory"),
    });
  });
});
