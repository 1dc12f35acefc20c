import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { decodeEnvelope, type Envelope, parseTraceparent, streamName } from "@concord/sdk";
import { connectNats } from "@concord/sdk/nats";
import { createRpcClient } from "@concord/sdk/rpc";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findRuby } from "../../tools/ruby/find-ruby.ts";
import { cacheFolder } from "../../tools/servers/cache-folder.ts";
import { type NatsServer, startNatsServer } from "../../tools/servers/nats-server.ts";
import { crashOne } from "./chaos.ts";
import { readOptions, type ShopOptions } from "./options.ts";
import { openShop, type Shop } from "./shop.ts";
import { tellStory } from "./story.ts";
import { typeStart } from "./type-start.ts";

const ruby = await findRuby();
const publishers = ["orders", "inventory", "payments", "notifications"];
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

/** The story without what differs from one telling to the next: ids and times. */
function toTheLetter(story: string): string {
  return story
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{4}…[0-9a-f]{2}/g, "ID")
    .replace(/\d+ ms/g, "MS");
}

const wholeStory = `✓ order ID  2 × keyboard  PENDING → INVENTORY_RESERVED → CONFIRMED   MS   mail to ada@example.com
    "Your order ID is confirmed"
✓ order ID  100 × keyboard  PENDING → CANCELLED  out of stock (10 left)
✓ order ID  1 × phone  PENDING → INVENTORY_RESERVED → CONFIRMED   paid by alice: 500.00 − 299.99 = 200.01
`;

describe.skipIf(!ruby.available)("a shop with its inventory in Ruby", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "concord-polyglot-"));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  /** Opens the shop in this process, on a broker whose streams the test reads. */
  async function open(broker: NatsServer): Promise<Shop> {
    vi.stubEnv("CONCORD_TRANSPORT", broker.url);
    const options = readOptions(["--polyglot", "--port", "0"]) as ShopOptions;
    return openShop({ options, folder, onCrash: (message) => expect.unreachable(message) });
  }

  const logOf = async (service: string) =>
    (await readFile(join(folder, `${service}.log`), "utf8"))
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  const isOrderHandled = ({ msg, type }: Record<string, unknown>) =>
    msg === "event handled" && type === "shop.orders.v1.OrderCreated";
  const ordersHandled = async () => (await logOf("inventory")).filter(isOrderHandled).length;

  it.each(["--transport nats", "--polyglot --transport nats", "--polyglot --database postgres"])(
    "tells the same story to the letter with %s (N15)",
    async (args) => {
      // Services refuse variables that they do not know; that of our tools must not reach them.
      const variables = { CONCORD_CACHE: cacheFolder };
      const { code, output } = await typeStart(["--once", "--port", "0", ...args.split(" ")], variables).ended;
      expect(toTheLetter(output)).toBe(wholeStory);
      expect(code).toBe(0);
    },
    120_000,
  );

  it("carries one trace through both languages: calls, events, logs (N21)", async () => {
    await using broker = await startNatsServer();
    await using shop = await open(broker);
    const headers = { "content-type": "application/json", traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const body = JSON.stringify({ userId: "ada", items: [{ productId: "phone", quantity: 1 }] });
    const url = `${shop.front.url}/shop.orders.v1.OrderService/CreateOrder`;
    const answer = (await (await fetch(url, { method: "POST", headers, body })).json()) as {
      order: { orderId: string };
    };
    const { orderId } = answer.order;
    await untilConfirmed(shop, [orderId]);
    expect(await shop.mails.waitFor(`${orderId} is confirmed`, 30_000)).toBeDefined();

    const nameOf = ({ type }: Envelope) => type.split(".").at(-1);
    const events = await vi.waitUntil(
      async () => {
        const found = await eventsOf(broker, publishers);
        return found.some((event) => nameOf(event) === "NotificationSent") && found;
      },
      { timeout: 30_000, interval: 100 },
    );
    const traced = events.filter(({ traceparent }) => parseTraceparent(traceparent)?.traceId === traceId);
    expect(new Set(traced.filter(({ key }) => key === orderId).map(nameOf))).toEqual(
      new Set(["OrderCreated", "StockReserved", "OrderInventoryReserved", "PaymentCaptured", "OrderConfirmed"]),
    );
    expect(events.filter((event) => event.key === orderId && !traced.includes(event))).toEqual([]);
    expect(traced.map(nameOf)).toContain("NotificationSent");
    expect(new Set(traced.map(({ correlationId }) => correlationId)).size).toBe(1);
    const reserved = traced.find((event) => nameOf(event) === "StockReserved");
    expect(reserved?.causationId).toBe(traced.find((event) => nameOf(event) === "OrderCreated")?.id);
    expect(await logOf("orders")).toContainEqual(expect.objectContaining({ traceId, msg: "rpc" }));
    expect(await logOf("orders")).toContainEqual(expect.objectContaining({ traceId, msg: "event handled" }));
    expect(await logOf("inventory")).toContainEqual(
      expect.objectContaining({ service: "inventory", traceId, key: orderId, msg: "event handled", outcome: "done" }),
    );
  }, 120_000);

  it("lists a product, and prices and holds it for services in TypeScript", async () => {
    await using broker = await startNatsServer();
    await using shop = await open(broker);
    const inventory = createRpcClient(InventoryService, { url: shop.front.url, timeoutMs: 30_000 });
    const price = { minorUnits: 700n, currency: "USD" };
    await inventory.putProduct({ productId: "mug", name: "Mug", quantity: 3, price });
    const orders = createRpcClient(OrderService, { url: shop.front.url, timeoutMs: 30_000 });
    const { order } = await orders.createOrder({ userId: "ada", items: [{ productId: "mug", quantity: 3 }] });
    expect(order?.total).toMatchObject({ minorUnits: 2_100n });
    await untilConfirmed(shop, [order?.orderId ?? ""]);
    expect(await inventory.getStock({ productId: "mug" })).toMatchObject({ quantity: 0, reserved: 3 });
    await expect(inventory.getStock({ productId: "none" })).rejects.toMatchObject({ code: "not_found" });
    const byRest = await fetch(`${shop.front.url}/inventory/mug`);
    expect(await byRest.json()).toMatchObject({ product_id: "mug", reserved: 3, price: { minor_units: "700" } });
  }, 120_000);

  it("ends every order once and counts its stock right though kill -9 hits Ruby in mid-flow (N19, T18)", async () => {
    await using broker = await startNatsServer();
    await using shop = await open(broker);
    const inventory = shop.processes.find(({ name }) => name === "inventory");
    const orders = createRpcClient(OrderService, { url: shop.front.url, timeoutMs: 30_000 });
    const place = () => orders.createOrder({ userId: "user-123", items: [{ productId: "prod-002", quantity: 1 }] });
    const placing = Array.from({ length: 16 }, place);
    await vi.waitUntil(async () => (await ordersHandled()) > 0, { timeout: 30_000, interval: 5 });
    const restarting = inventory?.crash();
    placing.push(...Array.from({ length: 4 }, place));
    const placed = (await Promise.all(placing)).map(({ order }) => order?.orderId ?? "");
    await restarting;
    await untilConfirmed(shop, placed);

    const log = await logOf("inventory");
    const secondLife = log.findLastIndex(({ msg }) => msg === "service started");
    expect(log.slice(secondLife).filter(isOrderHandled).length).toBeGreaterThan(0);
    expect(log.slice(0, secondLife).filter(isOrderHandled).length).toBeGreaterThan(0);
    const stock = createRpcClient(InventoryService, { url: shop.front.url, timeoutMs: 30_000 });
    expect(await stock.getStock({ productId: "prod-002" })).toMatchObject({ quantity: 30, reserved: 20 });
    const events = await eventsOf(broker, ["inventory"]);
    const reserved = events.filter(({ type }) => type === "shop.inventory.v1.StockReserved").map(({ key }) => key);
    expect(reserved.toSorted()).toEqual(placed.toSorted());
  }, 120_000);

  it("tells the same story to the letter though chaos chooses Ruby", async () => {
    await using broker = await startNatsServer();
    await using shop = await open(broker);
    const told: string[] = [];
    const victims: string[] = [];
    const interrupt = () => crashOne(shop, { say: (line) => victims.push(line), random: () => 0 });
    await tellStory({ url: shop.front.url, mails: shop.mails, say: (line) => told.push(`${line}\n`), interrupt });
    expect(victims.filter((line) => line.startsWith("✗"))).toEqual(Array(3).fill("✗ kill -9 inventory"));
    expect(toTheLetter(told.join(""))).toBe(wholeStory);
  }, 120_000);

  it("says which Ruby runs, and leaves no Ruby behind when it is killed itself", async () => {
    const shop = typeStart(["--port", "0", "--polyglot", "--data", folder]);
    await shop.saw(/Ruby {7}3\.\d+\.\d+ runs inventory/);
    const url = (await logOf("inventory")).find(({ msg }) => msg === "service started")?.url;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    shop.child.kill("SIGKILL");
    await vi.waitUntil(
      () =>
        fetch(`${url}/health`).then(
          () => false,
          () => true,
        ),
      { timeout: 20_000, interval: 50 },
    );
  }, 120_000);
});

it("names what to install where there is no Ruby, and exits with 2", async () => {
  const { code, output } = await typeStart(["--polyglot", "--once"], { PATH: tmpdir() }).ended;
  expect(output).toMatch(/^✗ --polyglot: there is no ruby on PATH\. Install Ruby 3\.1 or newer .*Bundler/);
  expect(output.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(2);
});

it("says that gems are being installed, and why they could not be", async () => {
  const folder = await mkdtemp(join(tmpdir(), "concord-no-gems-"));
  const programs = { ruby: "printf 3.3.0", bundle: "echo no compiler; exit 1" };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const variables = { PATH: folder, CONCORD_CACHE: join(folder, "cache") };
  const { code, output } = await typeStart(["--polyglot", "--once"], variables).ended;
  await rm(folder, { recursive: true });
  expect(output.trim().split("\n")).toEqual([
    expect.stringMatching(/^concord: installing the Ruby gems into \.cache\/ruby \(once/),
    expect.stringMatching(/^✗ --polyglot: the gems could not be installed: no compiler/),
  ]);
  expect(code).toBe(2);
});

/** Waits until each order is confirmed; a service that is being started again is asked once more. */
async function untilConfirmed({ front }: Shop, orderIds: readonly string[]): Promise<void> {
  const orders = createRpcClient(OrderService, { url: front.url, timeoutMs: 60_000 });
  const ends = orderIds.map((orderId) => orders.getOrder({ orderId, waitFor: OrderStatus.CONFIRMED }));
  for (const { order } of await Promise.all(ends)) expect(order?.status).toBe(OrderStatus.CONFIRMED);
}

/** All events that these services have published, stream by stream. */
async function eventsOf(broker: NatsServer, owners: readonly string[]): Promise<Envelope[]> {
  const transport = await connectNats({ servers: broker.url });
  const events: Envelope[] = [];
  for (const stream of owners.map((owner) => streamName("evt", owner))) {
    const last = (await transport.streamState(stream))?.lastSequence ?? 0n;
    for (let sequence = 1n; sequence <= last; sequence++) {
      const message = await transport.get(stream, sequence);
      if (message) events.push(decodeEnvelope(message.body));
    }
  }
  await transport.close();
  return events;
}
