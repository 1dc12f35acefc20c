import { InventoryService, StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import {
  OrderCreatedSchema,
  OrderInventoryReservedSchema,
  OrderService,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it } from "vitest";
import { createService } from "../../service/index.ts";
import { createTestBed } from "./create-test-bed.ts";

const lines = [{ productId: "kb-1", quantity: 1 }];

/** Counts its stock in its database, and reserves stock by events. */
function createInventory() {
  const service = createService({ name: "inventory" });
  service.on(OrderCreatedSchema, async ({ data, publish }) => {
    await publish(StockReservedSchema, { orderId: data.orderId });
  });
  service.rpc(InventoryService, {
    getStock: async ({ productId }, { db }) => {
      await db.query("SELECT 1");
      return { productId, quantity: 7 };
    },
  });
  return service;
}

const createOrders = () => createService({ name: "orders", contract: OrderService }).on(StockReservedSchema, () => {});

/** Lets the next step of a service be its last one. */
function createAssassin() {
  let victim: string | undefined;
  let deaths = 0;
  return {
    get deaths() {
      return deaths;
    },
    aim(service: string) {
      victim = service;
    },
    crashWhen(service: string) {
      if (service !== victim) return false;
      victim = undefined;
      deaths += 1;
      return true;
    },
  };
}

it("tells callers of a service that has died that it is unavailable, and gives them the new process by the same client", async () => {
  const assassin = createAssassin();
  await using bed = await createTestBed({ services: [createInventory()], crashWhen: assassin.crashWhen });
  const inventory = bed.client(InventoryService);
  expect(await inventory.getStock({ productId: "kb-1" })).toMatchObject({ quantity: 7 });
  assassin.aim("inventory");
  const dying = inventory.getStock({ productId: "kb-1" }, { timeoutMs: 3_000 });
  // Asked of nobody, while the process is dead and the next one has not begun.
  while (assassin.deaths === 0) await new Promise(setImmediate);
  const whileAway = inventory.putProduct({ productId: "kb-1" });
  await expect(whileAway).rejects.toMatchObject({ code: "unavailable" });
  await dying.catch((error) => expect(error).toMatchObject({ code: "unavailable" }));
  await bed.settled();
  expect(await inventory.getStock({ productId: "kb-1" })).toMatchObject({ quantity: 7 });
});

it("says of a service that it was not given that there is none", async () => {
  await using bed = await createTestBed({ services: [createInventory()] });
  expect(() => bed.client(OrderService)).toThrow('no service orders; add it to "services"');
});

it("handles each event once though processes die at random steps", async () => {
  const assassin = createAssassin();
  await using bed = await createTestBed({
    services: [createInventory(), createOrders()],
    crashWhen: assassin.crashWhen,
  });
  for (let n = 0; n < 10; n++) {
    assassin.aim(n % 2 === 0 ? "inventory" : "orders");
    await bed.publish(OrderCreatedSchema, { orderId: `o-${n}`, lines });
    await bed.settled();
  }
  expect(assassin.deaths).toBe(10);
  expect(await bed.published(StockReservedSchema)).toHaveLength(10);
});

it("finds nothing wrong with an event that no service of the bed handles", async () => {
  await using bed = await createTestBed({ services: [createInventory()] });
  const report = await bed.crashEverywhere(
    async () => {
      await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines });
      await bed.publish(OrderInventoryReservedSchema, { orderId: "o-1", userId: "ada" });
    },
    { points: ["inbox.commit"] },
  );
  expect(report.findings).toEqual([]);
}, 60_000);
