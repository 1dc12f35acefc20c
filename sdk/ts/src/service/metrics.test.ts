import { readFileSync } from "node:fs";
import {
  InventoryService,
  ProductListedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import type { Meter, MetricOptions } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import { silentLog } from "../core/log.ts";
import { openEmbedded } from "../embedded/index.ts";
import { createLeaseTally } from "../lease/lease-tally.ts";
import type { Relay } from "../outbox/relay.ts";
import { createRpcClient } from "../rpc/index.ts";
import { createTestBed } from "../testing/index.ts";
import { observeService } from "./metrics.ts";
import { createService } from "./service.ts";
import type { Storage } from "./storage.ts";

/** A meter provider that is asked by hand. */
function openMeters() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    meter: provider.getMeter("test"),
    collect: async () => {
      exporter.reset();
      await reader.forceFlush();
      return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}

function createReserving() {
  return createService({
    name: "inventory",
    contract: InventoryService,
    seed: async ({ publish }) => {
      const price = { minorUnits: 1n, currency: "USD" };
      await publish(ProductListedSchema, { productId: "kb-1", name: "Keyboard", price });
    },
  }).on(OrderCreatedSchema, async ({ data, publish }) => {
    await publish(StockReservedSchema, { orderId: data.orderId });
  });
}

it("tells OpenTelemetry how full the queues are and how much was sent", async () => {
  await using meters = openMeters();
  await using bed = await createTestBed({ services: [createReserving()], meter: meters.meter });
  await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines: [{ productId: "kb-1", quantity: 1 }] });
  await bed.settled();

  const metrics = await meters.collect();
  const values = Object.fromEntries(
    metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]),
  );
  expect(values).toEqual({
    "concord.outbox.waiting": 0,
    "concord.outbox.quarantined": 0,
    "concord.outbox.oldest_age": 0,
    "concord.outbox.dead_rows": 0,
    "concord.database.oldest_transaction_age": 0,
    "concord.relay.published": 2,
    "concord.relay.duplicates": 0,
    "concord.relay.failed": 0,
    "concord.relay.quarantined": 0,
    "concord.relay.partitions": 16,
    "concord.consumer.lag": 0,
    "concord.consumer.parked": 0,
    "concord.consumer.running": 0,
    "concord.consumer.partitions": 9,
  });
  expect(metrics[0]?.dataPoints[0]?.attributes).toEqual({ "service.name": "inventory" });
});

it("tells what waits, what was put aside, for how long, and every change of a lease", async () => {
  await using meters = openMeters();
  const tally = createLeaseTally();
  for (const change of ["acquired", "acquired", "lost", "released"] as const) tally.note("relay", change);
  const outbox = { waiting: 3, quarantined: 1, oldestAgeMs: 5_000, oldestTransactionAgeMs: 700, deadRows: 9 };
  const counts = { published: 8, duplicates: 1, failed: 4, quarantined: 2, partitions: 6 };
  const stop = observeService({
    service: "orders",
    storage: { stores: { outbox: { status: async () => outbox } }, leases: tally } as unknown as Storage,
    relay: () => ({ status: () => counts }) as unknown as Relay,
    consumer: () => undefined,
    meter: meters.meter,
  });
  const metrics = await meters.collect();
  const values = metrics.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ value, attributes }) => {
      const { "lease.change": change = "", "lease.scope": scope = "" } = attributes;
      return [`${descriptor.name} ${scope} ${change}`.trim(), value];
    }),
  );
  expect(Object.fromEntries(values)).toEqual({
    "concord.outbox.waiting": 3,
    "concord.outbox.quarantined": 1,
    "concord.outbox.oldest_age": 5_000,
    "concord.outbox.dead_rows": 9,
    "concord.database.oldest_transaction_age": 700,
    "concord.relay.published": 8,
    "concord.relay.duplicates": 1,
    "concord.relay.failed": 4,
    "concord.relay.quarantined": 2,
    "concord.relay.partitions": 6,
    "concord.lease.changes relay acquired": 2,
    "concord.lease.changes relay lost": 1,
    "concord.lease.changes relay released": 1,
  });
  stop();
});

it("has every metric on the page about metrics, with its kind and unit, and none else", async () => {
  const made: string[] = [];
  const note = (kind: string) => (name: string, options?: MetricOptions) => {
    made.push(`${name} ${kind} ${options?.unit}`);
    return {};
  };
  const meter = {
    createObservableGauge: note("gauge"),
    createObservableCounter: note("counter"),
    addBatchObservableCallback: () => {},
  } as unknown as Meter;
  observeService({ service: "s", storage: undefined, relay: () => undefined, consumer: () => undefined, meter });
  const page = readFileSync(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^\| `(concord\.[a-z_.]+)` \| (\w+) \| `([^`]+)` \|/gm)];
  expect(documented.map(([, name, kind, unit]) => `${name} ${kind} ${unit}`).toSorted()).toEqual(made.toSorted());
});

it("tells Prometheus the same, and how long calls took, in a format that it reads", async () => {
  const service = createService({ name: "inventory", contract: InventoryService }).rpc(InventoryService, {
    getStock: ({ productId }) => {
      if (productId === "none") throw new ConcordError("not_found", "no such product");
      return { productId };
    },
  });
  await using transport = await openEmbedded({ path: ":memory:" });
  await using running = await service.start({
    transport,
    log: silentLog,
    config: { port: 0, databaseUrl: "sqlite::memory:" },
  });
  const client = createRpcClient(InventoryService, { url: running.url! });
  await client.getStock({ productId: "kb-1" });
  await client.getStock({ productId: "none" }).catch(() => {});
  const page = await fetch(`${running.url}/metrics`);
  expect(page.headers.get("content-type")).toContain("text/plain");
  const text = await page.text();
  const labels = 'rpc_system_name="connectrpc",rpc_method="shop.inventory.v1.InventoryService/GetStock"';
  const failed = 'rpc_response_status_code="not_found",error_type="not_found"';
  expect(text.split("\n")).toEqual(
    expect.arrayContaining([
      "# TYPE concord_relay_published_total counter",
      'concord_relay_published_total{service_name="inventory"} 0',
      "# TYPE rpc_server_call_duration_seconds histogram",
      `rpc_server_call_duration_seconds_count{${labels}} 1`,
      `rpc_server_call_duration_seconds_bucket{${labels},${failed},le="+Inf"} 1`,
    ]),
  );
  for (const line of text.trimEnd().split("\n")) {
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? [-+0-9.e]+)$/);
  }
});
