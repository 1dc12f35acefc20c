import {
  InventoryService,
  StockRejectedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema, OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it } from "vitest";
import type { BatchLimits } from "../../consume/batch-queues.ts";
import { createService } from "../../service/index.ts";
import { BrokenPromiseError } from "./broken-promise-error.ts";
import { createTestBed } from "./create-test-bed.ts";

const lines = [{ productId: "kb-1", quantity: 1 }];

function createServices(batch: BatchLimits = { maxEvents: 1 }) {
  const inventory = createService({ name: "inventory", contract: InventoryService, batch }).on(
    OrderCreatedSchema,
    async ({ data, publish, attempt }) => {
      if (data.orderId === "o-2" && attempt === 1) throw new Error("not yet");
      await publish(StockReservedSchema, { orderId: data.orderId });
    },
  );
  const orders = createService({ name: "orders", contract: OrderService })
    .on(StockReservedSchema, () => {})
    .on(StockRejectedSchema, () => {});
  return [inventory, orders];
}

it.each([
  { mode: "one by one", batch: undefined },
  { mode: "in batches", batch: { maxEvents: 10, maxWaitMs: 5 } },
])(
  "replays a scenario with a death at every gap and finds the promise kept, $mode",
  async ({ batch }) => {
    await using bed = await createTestBed({ services: createServices(batch) });
    const report = await bed.crashEverywhere(async () => {
      await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines });
      await bed.publish(OrderCreatedSchema, { orderId: "o-2", lines });
      await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines }, { idempotencyKey: "again" });
    });
    for (const point of ["inbox.dedupe", "inbox.handler", "inbox.commit", "outbox.insert", "relay.publish"] as const) {
      expect(report.reached.get(point)).toBeGreaterThan(0);
    }
    expect(report.runs).toBeGreaterThan(20);
    expect(report.findings).toEqual([]);
    expect(await bed.published(OrderCreatedSchema)).toEqual([]);
  },
  60_000,
);

it("catches a service that keeps its state outside the transaction", async () => {
  const seen = new Set<string>();
  const service = createService({ name: "inventory", contract: InventoryService }).on(
    OrderCreatedSchema,
    async ({ data, publish }) => {
      if (seen.has(data.orderId)) throw new Error("seen before, so it must be a repetition");
      seen.add(data.orderId);
      await publish(StockReservedSchema, { orderId: data.orderId });
    },
  );
  await using bed = await createTestBed({ services: [service] });
  const exploring = bed.crashEverywhere(
    async () => {
      seen.clear();
      await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines });
    },
    { points: ["inbox.handler"] },
  );
  const error = await exploring.catch((thrown) => thrown);
  expect(error).toBeInstanceOf(BrokenPromiseError);
  expect(error.message).toMatch(/^inbox\.handler #1: needless_death|^inbox\.handler #1: /);
}, 180_000);
