import { ServerReflection } from "@concord/gen/grpc/reflection/v1/reflection_pb.js";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { openEmbedded } from "@concord/sdk/embedded";
import { createRpcClient } from "@concord/sdk/rpc";
import { openSqlite } from "@concord/sdk/sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inventory } from "../inventory/service.ts";
import { users } from "../users/service.ts";
import { type Backend, type Front, startFront } from "./front.ts";
import { UsageError } from "./options.ts";

let front: Front;
let backends: readonly Backend[];
const opened = new AsyncDisposableStack();

/** Inventory and users are there, orders is down. */
beforeAll(async () => {
  const transport = opened.use(await openEmbedded({ path: ":memory:" }));
  const urls = [];
  for (const service of [inventory, users]) {
    const database = opened.adopt(openSqlite({ path: ":memory:" }), (sqlite) => sqlite.close());
    const config = { port: 0, logLevel: "error" };
    urls.push(opened.use(await service.start({ transport, database, config })).url ?? "");
  }
  backends = [
    { name: "inventory", service: InventoryService, url: urls[0] ?? "" },
    { name: "users", service: UserService, url: urls[1] ?? "" },
    { name: "orders", service: OrderService, url: "http://127.0.0.1:1" },
  ];
  front = opened.use(await startFront({ backends, port: 0 }));
});
afterAll(() => opened.disposeAsync());

function send(path: string, options: RequestInit = {}): Promise<Response> {
  const type: Record<string, string> = options.body ? { "content-type": "application/json" } : {};
  return fetch(`${front.url}${path}`, { ...options, headers: { ...type, ...options.headers } });
}

async function call(path: string, options: RequestInit = {}): Promise<[status: number, body: unknown]> {
  const response = await send(path, options);
  return [response.status, await response.json()];
}

it("answers the REST paths of all services at one address", async () => {
  expect(await call("/inventory/phone")).toMatchObject([200, { name: "Phone" }]);
  expect(await call("/api/users/1/balance")).toMatchObject([200, { balance: { minor_units: "50000" } }]);
  expect(await call("/api/users/none")).toMatchObject([404, { code: "not_found", message: "no user none" }]);
  expect(await call("/nothing")).toMatchObject([404, { code: "not_found" }]);
});

it("tells each field at fault, as the service does", async () => {
  const body = JSON.stringify({ username: "ab", email: "nobody" });
  const violations = [{ field: "username" }, { field: "email" }];
  expect(await call("/api/users", { method: "POST", body })).toMatchObject([400, { violations }]);
});

it("hands the idempotency key on, and the note that an answer was given before", async () => {
  const body = JSON.stringify({ username: "dora", email: "dora@example.com" });
  const signUp = () => send("/api/users", { method: "POST", body, headers: { "idempotency-key": "k-1" } });
  const [first, second] = [await signUp(), await signUp()];
  expect([first.status, second.status]).toEqual([201, 201]);
  const notes = [first, second].map(({ headers }) => headers.get("idempotency-replayed"));
  expect(notes).toEqual([null, "true"]);
  expect(await second.json()).toEqual(await first.json());
});

it.each(["connect", "grpc", "grpc-web"] as const)("speaks %s", async (protocol) => {
  const client = createRpcClient(InventoryService, { url: front.url, protocol });
  expect(await client.getStock({ productId: "keyboard" })).toMatchObject({ name: "Keyboard" });
});

it("lists the shop to clients that ask for its contracts, such as grpcurl", async () => {
  const client = createRpcClient(ServerReflection, { url: front.url, protocol: "grpc" });
  const questions = (async function* () {
    yield { host: "", messageRequest: { case: "listServices", value: "" } } as const;
  })();
  const names: string[] = [];
  for await (const { messageResponse } of client.serverReflectionInfo(questions)) {
    if (messageResponse.case === "listServicesResponse") {
      names.push(...messageResponse.value.service.map(({ name }) => name));
    }
  }
  expect(names).toEqual(
    expect.arrayContaining([
      "shop.inventory.v1.InventoryService",
      "shop.users.v1.UserService",
      "shop.orders.v1.OrderService",
    ]),
  );
});

it("tells that a service is down, and which", async () => {
  expect(await call("/orders/o-1")).toMatchObject([503, { code: "unavailable" }]);
  const reports = { inventory: { status: "ok" }, users: { status: "ok" }, orders: { status: "unreachable" } };
  expect(await call("/health")).toMatchObject([503, { status: "unhealthy", services: reports }]);
  expect(await call("/orders/health")).toMatchObject([503, { status: "unreachable" }]);
  expect(await call("/users/health/ready")).toMatchObject([200, { status: "ready", service: "users" }]);
});

it("tells of each service which methods it answers, which events it handles and which it publishes (C3)", async () => {
  expect(await call("/inventory/info")).toMatchObject([
    200,
    {
      service: "inventory",
      rpc: ["shop.inventory.v1.InventoryService/PutProduct", "shop.inventory.v1.InventoryService/GetStock"],
      handles: expect.arrayContaining(["shop.orders.v1.OrderCreated", "shop.orders.v1.OrderCancelled"]),
      publishes: expect.arrayContaining(["shop.inventory.v1.StockReserved", "shop.inventory.v1.ProductListed"]),
    },
  ]);
  expect(await call("/users/info")).toMatchObject([200, { publishes: ["shop.users.v1.UserCreated"] }]);
});

it("lists a product, 201, and tells it, 404 for one that there is not (N5, N6)", async () => {
  const mug = { product_id: "mug", name: "Mug", quantity: 3, price: { minor_units: 700, currency: "USD" } };
  const listed = { ...mug, price: { minor_units: "700", currency: "USD" } };
  expect(await call("/inventory", { method: "POST", body: JSON.stringify(mug) })).toEqual([201, listed]);
  expect(await call("/inventory/mug")).toEqual([200, listed]);
  expect(await call("/inventory/none")).toMatchObject([404, { code: "not_found" }]);
  const free = { ...mug, price: { minor_units: 0, currency: "USD" } };
  const refused = await call("/inventory", { method: "POST", body: JSON.stringify(free) });
  expect(refused).toMatchObject([400, { violations: [{ field: "price" }] }]);
});

it("describes all services on one page, with the words of their contracts", async () => {
  const page = await fetch(`${front.url}/docs`);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("/openapi.json")]);
  const [, api] = await call("/openapi.json");
  const { tags, paths } = api as { tags: { name: string }[]; paths: Record<string, Record<string, object>> };
  expect(tags.map(({ name }) => name)).toEqual(["InventoryService", "UserService", "OrderService"]);
  expect(Object.keys(paths["/orders/{order_id}"] ?? {})).toEqual(["get"]);
  expect(paths["/api/users"]?.post).toMatchObject({ summary: "Signs a user up with a balance of 0." });
});

it("asks for tokens on behalf of services that ask for none, by their contracts (C19)", async () => {
  const authenticate = async (token: string) => ({ subject: "1", roles: [token], claims: {} });
  await using closed = await startFront({ backends, port: 0, authenticate });
  const put = async (role?: string) => {
    const credentials: Record<string, string> = role ? { authorization: `Bearer ${role}` } : {};
    const body = { product_id: "cup", name: "Cup", quantity: 3, price: { minor_units: 300, currency: "USD" } };
    const headers = { "content-type": "application/json", ...credentials };
    return (await fetch(`${closed.url}/inventory`, { method: "POST", headers, body: JSON.stringify(body) })).status;
  };
  expect([await put(), await put("customer"), await put("staff")]).toEqual([401, 403, 201]);
  expect((await fetch(`${closed.url}/inventory/cup`)).status).toBe(200);
  expect((await fetch(`${closed.url}/users/health`)).status).toBe(200);
});

it("names a port that is in use as wrong use", async () => {
  const second = startFront({ backends: [], port: front.port });
  await expect(second).rejects.toThrow(UsageError);
  await expect(second).rejects.toThrow(`port ${front.port} is in use`);
});
