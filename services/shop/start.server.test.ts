import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { createRpcClient } from "@concord/sdk/rpc";
import { expect, it } from "vitest";
import { startNatsCluster } from "../../tools/servers/nats-cluster.ts";
import { typeStart as start } from "./type-start.ts";

const mouse = { userId: "user-123", items: [{ productId: "prod-002", quantity: 1 }] };
const confirmed =
  /✓ order \S+ {2}2 × keyboard {2}PENDING → INVENTORY_RESERVED → CONFIRMED {3}\d+ ms {3}mail to ada@example\.com/;
const paid =
  /✓ order \S+ {2}1 × phone {2}PENDING → INVENTORY_RESERVED → CONFIRMED {3}paid by alice: 500\.00 − 299\.99 = 200\.01/;
const cancelled = /✓ order \S+ {2}100 × keyboard {2}PENDING → CANCELLED {2}out of stock \(10 left\)/;

it.each([
  ["--transport", "embedded"],
  ["--transport", "nats"],
  ["--transport", "nats", "--database", "postgres"],
])("tells its story with %s %s %s %s and ends with 0", async (...args) => {
  const { code, output } = await start(["--once", "--port", "0", ...args]).ended;
  expect(output).toMatch(confirmed);
  expect(output).toMatch(cancelled);
  expect(output).toMatch(paid);
  expect(code).toBe(0);
});

it("keeps serving until it is told to stop, and answers for every service on one port (N4, N27, C17)", async () => {
  const shop = start(["--port", "0"]);
  const [, url] = await shop.saw(/Shop {7}(http:\S+)/);
  const [, reference = ""] = await shop.saw(/Reference {2}(http:\S+)/);
  expect(await (await fetch(reference)).text()).toContain("<!doctype html>");
  for (const path of ["/inventory/phone", "/api/users/1", "/api/orders", "/api/users/1/payments"]) {
    expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
  }
  const create = await fetch(`${url}/shop.orders.v1.OrderService/CreateOrder`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId: "ada", items: [{ productId: "phone", quantity: 1 }] }),
  });
  expect([create.status, await create.json()]).toMatchObject([200, { order: { status: "ORDER_STATUS_PENDING" } }]);
  const health = await fetch(`${url}/health/ready`);
  expect([health.status, await health.json()]).toMatchObject([
    200,
    { status: "ok", services: { orders: { status: "ready" } } },
  ]);
  expect((await fetch(`${url}/inventory/health/ready`)).status).toBe(200);
  const missing = await fetch(`${url}/nothing`);
  expect([missing.status, await missing.json()]).toMatchObject([404, { code: "not_found" }]);
  shop.child.kill("SIGTERM");
  expect((await shop.ended).code).toBe(0);
});

it("tells its story again in a shop that was kept, though alice has spent her money", async () => {
  const folder = await mkdtemp(join(tmpdir(), "concord-kept-"));
  const tell = () => start(["--once", "--port", "0", "--data", folder]).ended;
  await tell();
  const { code, output } = await tell();
  expect(output).toMatch(paid);
  expect(code).toBe(0);
  await rm(folder, { recursive: true });
});

it("tells where the broker can be watched (N23)", async () => {
  const shop = start(["--port", "0", "--transport", "nats"]);
  const [, monitor = ""] = await shop.saw(/Broker {5}(http:\S+)/);
  const jetstream = (await (await fetch(monitor)).json()) as { streams: number };
  expect(jetstream.streams).toBeGreaterThanOrEqual(12);
  shop.child.kill("SIGTERM");
  expect((await shop.ended).code).toBe(0);
});

it.each(["SIGTERM", "SIGKILL"] as const)("loses no order to %s during load (T18)", async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), "concord-load-"));
  const before = start(["--port", "0", "--data", folder]);
  const [, firstUrl = ""] = await before.saw(/Shop {7}(http:\S+)/);
  const placed: string[] = [];
  const load = Array.from({ length: 24 }, async () => {
    const { order } = await createRpcClient(OrderService, { url: firstUrl }).createOrder(mouse);
    placed.push(order?.orderId ?? "");
    if (placed.length === 12) before.child.kill(signal);
  });
  await Promise.allSettled(load);
  await before.ended;
  expect(placed.length).toBeGreaterThanOrEqual(12);

  const after = start(["--port", "0", "--data", folder]);
  const [, secondUrl = ""] = await after.saw(/Shop {7}(http:\S+)/);
  const orders = createRpcClient(OrderService, { url: secondUrl, timeoutMs: 30_000 });
  const ends = await Promise.all(placed.map((orderId) => orders.getOrder({ orderId, waitFor: OrderStatus.CONFIRMED })));
  expect(ends.map(({ order }) => order?.status)).toEqual(placed.map(() => OrderStatus.CONFIRMED));
  after.child.kill("SIGTERM");
  expect((await after.ended).code).toBe(0);
  await rm(folder, { recursive: true });
});

it.each(["embedded", "nats"])("tells its story on %s though a service is killed in its middle", async (transport) => {
  const { code, output } = await start(["--once", "--port", "0", "--chaos", "--transport", transport]).ended;
  expect(output).toMatch(/✗ kill -9 \w+/);
  expect(output).toMatch(confirmed);
  expect(output).toMatch(cancelled);
  expect(output).toMatch(paid);
  expect(code).toBe(0);
});

it("loses no order when one of three brokers dies (P15)", async () => {
  await using cluster = await startNatsCluster(3);
  const shop = start(["--port", "0", "--transport", "nats"], { CONCORD_TRANSPORT: cluster.urls.join(",") });
  const [, url = ""] = await shop.saw(/Shop {7}(http:\S+)/);
  const orders = createRpcClient(OrderService, { url, timeoutMs: 30_000 });
  const placing = Array.from({ length: 12 }, () => orders.createOrder(mouse));
  await cluster.servers[0]?.kill("SIGKILL");
  const placed = await Promise.all(placing);
  const ends = placed.map(({ order }) =>
    orders.getOrder({ orderId: order?.orderId ?? "", waitFor: OrderStatus.CONFIRMED }),
  );
  for (const { order } of await Promise.all(ends)) expect(order?.status).toBe(OrderStatus.CONFIRMED);
  shop.child.kill("SIGTERM");
  expect((await shop.ended).code).toBe(0);
}, 120_000);

it.each([
  [["--sideways"], "--sideways"],
  [["--transport", "pigeon"], "embedded or nats"],
  [["--port", "x"], "0 to 65535"],
  [["--polyglot", "--transport", "embedded"], "use --transport nats"],
  [["--polyglot", "--auth"], "cannot check tokens"],
])("refuses %j with a clear line and exit code 2", async (args, text) => {
  const { code, output } = await start(args).ended;
  expect(output).toContain(text);
  expect(output).not.toMatch(/ {4}at /);
  expect(code).toBe(2);
});

it("names a port that is in use", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const { code, output } = await start(["--once", "--port", String(port)]).ended;
  server.close();
  expect(output).toContain(`port ${port} is in use`);
  expect(code).toBe(2);
});
