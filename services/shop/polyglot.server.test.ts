import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { decodeEnvelope, type Envelope, parseTraceparent, streamName } from "@concord/sdk";
import { connectNats } from "@concord/sdk/nats";
import { createRpcClient } from "@concord/sdk/rpc";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { findRuby } from "../../tools/ruby/find-ruby.ts";
import { cacheFolder } from "../../tools/servers/cache-folder.ts";
import { crashOne } from "./chaos.ts";
import { readOptions, type ShopOptions } from "./options.ts";
import { openShop, type Shop } from "./shop.ts";
import { tellStory } from "./story.ts";
import { toTheLetter, wholeStory } from "./told-story.ts";
import { typeStart } from "./type-start.ts";

const ruby = await findRuby();
const publishers = ["orders", "inventory", "payments", "notifications"];
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const timeoutMs = 30_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "concord-polyglot-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Line = Record<string, unknown>;

async function readLog(logFolder: string, service: string): Promise<Line[]> {
  const lines = (await readFile(join(logFolder, `${service}.log`), "utf8")).split("\n");
  return lines.filter((line) => line.startsWith("{") && line.endsWith("}")).map((line) => JSON.parse(line) as Line);
}

/** One shop on one broker, to which all of this is done. Its front asks for tokens. */
describe.skipIf(!ruby.available)("a shop with its inventory in Ruby", { timeout: 120_000 }, () => {
  let shop: Shop;
  beforeAll(async () => {
    const options = readOptions(["--polyglot", "--auth", "--port", "0"]) as ShopOptions;
    shop = await openShop({
      options,
      folder: join(folder, "shop"),
      onCrash: (message) => expect.unreachable(message),
    });
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());

  const tokenOf = (who: string) => shop.tokens?.tokens[who] ?? "";
  const client = { orders: () => callAs(OrderService, "staff"), inventory: () => callAs(InventoryService, "staff") };
  function callAs<Service extends typeof OrderService | typeof InventoryService>(service: Service, who: string) {
    return createRpcClient(service, { url: shop.front.url, timeoutMs, token: () => tokenOf(who) });
  }
  const logOf = (service: string) => readLog(join(folder, "shop"), service);
  const send = async (path: string, who?: string, body?: unknown, headers: Record<string, string> = {}) => {
    const credentials: Record<string, string> = who ? { authorization: `Bearer ${tokenOf(who)}` } : {};
    const given = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const head = { "content-type": "application/json", ...credentials, ...headers };
    const response = await fetch(`${shop.front.url}${path}`, { ...given, headers: head });
    return [response.status, await response.json()] as const;
  };

  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    // Deaths and retries are part of these tests: what services complain of is worth reading only now.
    for (const name of ["inventory", "orders", "payments"]) {
      const complaints = (await logOf(name)).filter(({ level }) => level !== "info");
      console.log(name, JSON.stringify(complaints.slice(-5), undefined, 1));
    }
  });

  /** Waits until each order is confirmed; a service that is being started again is asked once more. */
  async function untilConfirmed(orderIds: readonly string[]): Promise<void> {
    const patient = { timeoutMs: 60_000 };
    const wishes = orderIds.map((orderId) => ({ orderId, waitFor: OrderStatus.CONFIRMED }));
    const ends = await Promise.all(wishes.map((wish) => client.orders().getOrder(wish, patient)));
    for (const { order } of ends) expect(order?.status).toBe(OrderStatus.CONFIRMED);
  }

  it("tells the same story to the letter though chaos chooses Ruby", async () => {
    const told: string[] = [];
    const victims: string[] = [];
    const interrupt = () => crashOne(shop, { say: (line) => victims.push(line), random: () => 0 });
    const say = (line: string) => told.push(`${line}\n`);
    await tellStory({ url: shop.front.url, mails: shop.mails, say, interrupt, token: () => tokenOf("staff") });
    expect(victims.filter((line) => line.startsWith("✗"))).toEqual(Array(3).fill("✗ kill -9 inventory"));
    expect(toTheLetter(told.join(""))).toBe(wholeStory);
  });

  it("carries one trace through both languages: calls, events, logs (N21)", async () => {
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    const wish = { userId: "ada", items: [{ productId: "phone", quantity: 1 }] };
    const [, answer] = await send("/shop.orders.v1.OrderService/CreateOrder", "staff", wish, { traceparent });
    const { orderId } = (answer as { order: { orderId: string } }).order;
    await untilConfirmed([orderId]);
    expect(await shop.mails.waitFor(`${orderId} is confirmed`, timeoutMs)).toBeDefined();

    const nameOf = ({ type }: Envelope) => type.split(".").at(-1);
    const inTrace = ({ traceparent }: Envelope) => parseTraceparent(traceparent)?.traceId === traceId;
    const events = await vi.waitUntil(
      async () => {
        const found = await eventsOf(shop, publishers);
        return found.some((event) => nameOf(event) === "NotificationSent" && inTrace(event)) && found;
      },
      { timeout: timeoutMs, interval: 100 },
    );
    const traced = events.filter(inTrace);
    expect(new Set(traced.filter(({ key }) => key === orderId).map(nameOf))).toEqual(
      new Set(["OrderCreated", "StockReserved", "OrderInventoryReserved", "PaymentCaptured", "OrderConfirmed"]),
    );
    expect(events.filter((event) => event.key === orderId && !traced.includes(event))).toEqual([]);
    expect(new Set(traced.map(({ correlationId }) => correlationId)).size).toBe(1);
    const reserved = traced.find((event) => nameOf(event) === "StockReserved");
    expect(reserved?.causationId).toBe(traced.find((event) => nameOf(event) === "OrderCreated")?.id);
    expect(await logOf("orders")).toContainEqual(expect.objectContaining({ traceId, msg: "rpc" }));
    expect(await logOf("orders")).toContainEqual(expect.objectContaining({ traceId, msg: "event handled" }));
    expect(await logOf("inventory")).toContainEqual(
      expect.objectContaining({ service: "inventory", traceId, key: orderId, msg: "event handled", outcome: "done" }),
    );
  });

  it("lists a product, and prices and holds it for services in TypeScript", async () => {
    const price = { minorUnits: 700n, currency: "USD" };
    await client.inventory().putProduct({ productId: "mug", name: "Mug", quantity: 3, price });
    const items = [{ productId: "mug", quantity: 3 }];
    const { order } = await client.orders().createOrder({ userId: "ada", items });
    expect(order?.total).toMatchObject({ minorUnits: 2_100n });
    await untilConfirmed([order?.orderId ?? ""]);
    expect(await client.inventory().getStock({ productId: "mug" })).toMatchObject({ quantity: 0, reserved: 3 });
    await expect(client.inventory().getStock({ productId: "none" })).rejects.toMatchObject({ code: "not_found" });
    const found = { product_id: "mug", reserved: 3, price: { minor_units: "700" } };
    expect(await send("/inventory/mug")).toMatchObject([200, found]);
  });

  it("leaves its shelves to staff: the front checks tokens for it, as other services do themselves (C19)", async () => {
    const cup = { product_id: "cup", name: "Cup", quantity: 3, price: { minor_units: 300, currency: "USD" } };
    expect(await send("/inventory", undefined, cup)).toMatchObject([401, { code: "unauthenticated" }]);
    expect(await send("/inventory", "alice", cup)).toMatchObject([403, { code: "permission_denied" }]);
    const put = callAs(InventoryService, "alice").putProduct({ productId: "cup", name: "Cup", quantity: 3 });
    await expect(put).rejects.toMatchObject({ code: "permission_denied" });
    expect(await send("/inventory/cup")).toMatchObject([404, { code: "not_found" }]);
    expect((await send("/inventory", "staff", cup))[0]).toBe(201);
    expect((await send("/api/orders", "alice"))[0]).toBe(403);
  });

  it("ends every order once and counts its stock right though kill -9 hits Ruby in mid-flow (N19, T18)", async () => {
    const isOrderHandled = ({ msg, type }: Line) => msg === "event handled" && type === "shop.orders.v1.OrderCreated";
    const ordersHandled = async () => (await logOf("inventory")).filter(isOrderHandled).length;
    const inventory = shop.processes.find(({ name }) => name === "inventory");
    const handledBefore = await ordersHandled();
    const place = () =>
      client.orders().createOrder({ userId: "user-123", items: [{ productId: "prod-002", quantity: 1 }] });
    const placing = Array.from({ length: 16 }, place);
    await vi.waitUntil(async () => (await ordersHandled()) > handledBefore, { timeout: timeoutMs, interval: 5 });
    const restarting = inventory?.crash();
    placing.push(...Array.from({ length: 4 }, place));
    const placed = (await Promise.all(placing)).map(({ order }) => order?.orderId ?? "");
    await restarting;
    await untilConfirmed(placed);

    const log = await logOf("inventory");
    const lastLife = log.findLastIndex(({ msg }) => msg === "service started");
    expect(log.slice(lastLife).filter(isOrderHandled).length).toBeGreaterThan(0);
    expect(log.slice(0, lastLife).filter(isOrderHandled).length).toBeGreaterThan(handledBefore);
    const left = await client.inventory().getStock({ productId: "prod-002" });
    expect(left).toMatchObject({ quantity: 30, reserved: 20 });
    const events = await eventsOf(shop, ["inventory"]);
    const reserved = events.filter(({ type }) => type === "shop.inventory.v1.StockReserved").map(({ key }) => key);
    expect(reserved.filter((key = "") => placed.includes(key)).toSorted()).toEqual(placed.toSorted());
  });
});

describe.skipIf(!ruby.available)("npm start -- --polyglot", () => {
  it("tells the same story to the letter, says which Ruby runs, and leaves no Ruby behind when it is killed (N15)", async () => {
    const args = ["--port", "0", "--polyglot", "--database", "postgres", "--data", join(folder, "command")];
    // Services refuse variables that they do not know; that of our tools must not reach them.
    const shop = typeStart(args, { CONCORD_CACHE: cacheFolder });
    await shop.saw(/Ruby {7}3\.\d+\.\d+ runs inventory/);
    const [, story = ""] = await shop.saw(/^(.*)Shop {7}/s);
    expect(toTheLetter(story)).toBe(wholeStory);
    const log = await readLog(join(folder, "command"), "inventory");
    const url = log.find(({ msg }) => msg === "service started")?.url;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    shop.child.kill("SIGKILL");
    const isGone = () =>
      fetch(`${url}/health`).then(
        () => false,
        () => true,
      );
    await vi.waitUntil(isGone, { timeout: 20_000, interval: 50 });
  }, 120_000);
});

it("names what to install where there is no Ruby, and exits with 2", async () => {
  const { code, output } = await typeStart(["--polyglot", "--once"], { PATH: tmpdir() }).ended;
  expect(output).toMatch(/^✗ --polyglot: there is no ruby on PATH\. Install Ruby 3\.1 or newer .*Bundler/);
  expect(output.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(2);
});

it("says that gems are being installed, and why they could not be", async () => {
  const programs = { ruby: "printf 3.3.0", bundle: "echo no compiler; exit 1" };
  const path = await mkdtemp(join(folder, "no-gems-"));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const variables = { PATH: path, CONCORD_CACHE: join(path, "cache") };
  const { code, output } = await typeStart(["--polyglot", "--once"], variables).ended;
  expect(output.trim().split("\n")).toEqual([
    expect.stringMatching(/^concord: installing the Ruby gems into \.cache\/ruby \(once/),
    expect.stringMatching(/^✗ --polyglot: the gems could not be installed: no compiler/),
  ]);
  expect(code).toBe(2);
});

/** All events that these services have published, stream by stream. */
async function eventsOf({ brokers }: Shop, owners: readonly string[]): Promise<Envelope[]> {
  const transport = await connectNats({ servers: brokers[0]?.url ?? "" });
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
