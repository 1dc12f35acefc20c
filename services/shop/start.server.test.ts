import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { connectNats } from "@concord/sdk/nats";
import { createRpcClient } from "@concord/sdk/rpc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crashOne } from "./chaos.ts";
import { readOptions, type ShopOptions } from "./options.ts";
import { openShop, type Shop } from "./shop.ts";
import { tellStory } from "./story.ts";
import { toTheLetter, wholeStory } from "./told-story.ts";
import { type StartedCommand, typeStart as start } from "./type-start.ts";

const members = ["inventory", "users", "payments", "notifications", "orders"];
const mouse = { userId: "user-123", items: [{ productId: "prod-002", quantity: 1 }] };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "concord-start-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Waits until the story is told and the shop serves. */
async function served(shop: StartedCommand): Promise<{ story: string; url: string }> {
  const [, story = "", url = ""] = await shop.saw(/^(.*)Shop {7}(http:\S+)/s);
  return { story, url };
}

async function stop(shop: StartedCommand): Promise<void> {
  shop.child.kill("SIGTERM");
  expect((await shop.ended).code).toBe(0);
}

/** Every order was placed and has to be confirmed, whatever happened since. */
async function expectConfirmed(url: string, orderIds: readonly string[]): Promise<void> {
  const orders = createRpcClient(OrderService, { url, timeoutMs: 30_000 });
  const ends = orderIds.map((orderId) => orders.getOrder({ orderId, waitFor: OrderStatus.CONFIRMED }));
  for (const { order } of await Promise.all(ends)) expect(order?.status).toBe(OrderStatus.CONFIRMED);
}

/** The lives of one shop, one after the other: it keeps its files. */
describe("a shop in one process, on the embedded broker and SQLite", { timeout: 120_000 }, () => {
  const live = () => start(["--port", "0", "--data", folder]);
  let shop: StartedCommand;
  let url: string;

  it("tells its story, keeps serving, and answers for every service on one port (N4, N27, C17)", async () => {
    shop = live();
    const { story, url: found } = await served(shop);
    url = found;
    expect(toTheLetter(story)).toBe(wholeStory);
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
    const pages = members.flatMap((name) => [`/${name}/health`, `/${name}/health/ready`]);
    const statuses = await Promise.all(pages.map(async (page) => (await fetch(`${url}${page}`)).status));
    expect(statuses).toEqual(pages.map(() => 200));
    const missing = await fetch(`${url}/nothing`);
    expect([missing.status, await missing.json()]).toMatchObject([404, { code: "not_found" }]);
  });

  it("names a port that is in use, in one line, and exits with 2", async () => {
    const { port } = new URL(url);
    expect(await start(["--once", "--port", port]).ended).toEqual({
      code: 2,
      output: expect.stringMatching(new RegExp(`^✗ port ${port} is in use.*\\n$`)),
    });
  });

  it.each([["SIGTERM", 0] as const, ["SIGKILL", null] as const])(
    "loses no order to %s during load (T18), and tells its story again though alice has spent her money",
    async (signal, wantedCode) => {
      const placed: string[] = [];
      const orders = createRpcClient(OrderService, { url, timeoutMs: 30_000, retry: false });
      const load = Array.from({ length: 24 }, async () => {
        const { order } = await orders.createOrder(mouse);
        placed.push(order?.orderId ?? "");
        if (placed.length === 12) shop.child.kill(signal);
      });
      await Promise.allSettled(load);
      expect((await shop.ended).code).toBe(wantedCode);
      expect(placed.length).toBeGreaterThanOrEqual(12);

      shop = live();
      const { story, url: found } = await served(shop);
      url = found;
      expect(toTheLetter(story)).toContain("paid by alice: 500.00 − 299.99 = 200.01");
      await expectConfirmed(url, placed);
    },
  );

  it("ends in order when it is told to stop", () => stop(shop));
});

it.concurrent("tells its story once though a service is killed in its middle, and ends with 0", async () => {
  const { code, output } = await start(["--once", "--port", "0", "--chaos"]).ended;
  expect(output).toMatch(/✗ kill -9 \w+/);
  expect(toTheLetter(output)).toBe(wholeStory);
  expect(code).toBe(0);
}, 120_000);

it.concurrent("tells the same story with a process for each service, on NATS and PostgreSQL, and where its broker can be watched (C18, N23)", async () => {
  const shop = start(["--port", "0", "--transport", "nats", "--database", "postgres"]);
  const { story } = await served(shop);
  expect(toTheLetter(story)).toBe(wholeStory);
  const [, monitor = ""] = await shop.saw(/Broker {5}(http:\S+)/);
  const jetstream = (await (await fetch(monitor)).json()) as { streams: number };
  expect(jetstream.streams).toBeGreaterThanOrEqual(12);
  await stop(shop);
}, 120_000);

describe("a shop with a process for each service, on three brokers", { timeout: 120_000 }, () => {
  let shop: Shop;
  beforeAll(async () => {
    const options = readOptions(["--port", "0", "--transport", "nats", "--servers", "3"]) as ShopOptions;
    const onCrash = (message: string) => expect.unreachable(message);
    shop = await openShop({ options, folder: join(folder, "cluster"), onCrash });
  });
  afterAll(() => shop?.[Symbol.asyncDispose]());

  it("tells the same story though a service dies in its middle", async () => {
    const told: string[] = [];
    const victims: string[] = [];
    const interrupt = () => crashOne(shop, { say: (line) => victims.push(line) });
    const say = (line: string) => told.push(`${line}\n`);
    await tellStory({ url: shop.front.url, mails: shop.mails, say, interrupt });
    expect(toTheLetter(told.join(""))).toBe(wholeStory);
    expect(victims.filter((line) => line.startsWith("✗ kill -9 "))).toHaveLength(3);
  });

  it("signs a user up over NATS as over HTTP, by one handler (C5, C6)", async () => {
    await using nats = await connectNats({ servers: shop.brokers[0]?.url ?? "" });
    const overNats = createRpcClient(UserService, { nats, timeoutMs: 30_000 });
    const overHttp = createRpcClient(UserService, { url: shop.front.url, timeoutMs: 30_000 });
    const { user } = await overNats.createUser({ username: "dora", email: "dora@example.com" });
    const userId = user?.userId ?? "";
    expect(await overHttp.getUser({ userId })).toEqual(await overNats.getUser({ userId }));
    await expect(overNats.createUser({ username: "x", email: "nobody" })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { violations: [{ field: "username" }, { field: "email" }] },
    });
  });

  it("loses no order when one of the brokers dies (P15)", async () => {
    const { url } = shop.front;
    const orders = createRpcClient(OrderService, { url, timeoutMs: 30_000 });
    const placing = Array.from({ length: 12 }, () => orders.createOrder(mouse));
    await shop.brokers[0]?.kill("SIGKILL");
    const placed = await Promise.all(placing);
    const orderIds = placed.map(({ order }) => order?.orderId ?? "");
    await expectConfirmed(url, orderIds);
  });
});

it("refuses what it does not know with a clear line and exit code 2", async () => {
  const { code, output } = await start(["--sideways"]).ended;
  expect(output).toMatch(/^✗ .*--sideways/);
  expect(output).not.toMatch(/ {4}at /);
  expect(code).toBe(2);
});
