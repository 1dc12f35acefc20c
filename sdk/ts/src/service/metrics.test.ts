import {
  InventoryService,
  ProductListedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { createTestBed } from "../testing/index.ts";
import { createService } from "./service.ts";

it("tells OpenTelemetry how full the queues are and how much was sent", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const service = createService({
    name: "inventory",
    contract: InventoryService,
    seed: async ({ publish }) => {
      const price = { minorUnits: 1n, currency: "USD" };
      await publish(ProductListedSchema, { productId: "kb-1", name: "Keyboard", price });
    },
  }).on(OrderCreatedSchema, async ({ data, publish }) => {
    await publish(StockReservedSchema, { orderId: data.orderId });
  });
  await using bed = await createTestBed({ services: [service], meter: provider.getMeter("test") });
  await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines: [{ productId: "kb-1", quantity: 1 }] });
  await bed.settled();

  await reader.forceFlush();
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const values = Object.fromEntries(
    metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]),
  );
  expect(values).toMatchObject({
    "concord.outbox.waiting": 0,
    "concord.outbox.quarantined": 0,
    "concord.outbox.oldest_age": 0,
    "concord.database.oldest_transaction_age": 0,
    "concord.relay.published": 2,
    "concord.relay.partitions": 16,
    "concord.consumer.parked": 0,
    "concord.consumer.running": 0,
    "concord.consumer.partitions": 9,
  });
  expect(metrics[0]?.dataPoints[0]?.attributes).toEqual({ "service.name": "inventory" });
  await provider.shutdown();
});
