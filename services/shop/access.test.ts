import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationService } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import type { RunningService } from "@concord/sdk";
import { openEmbedded } from "@concord/sdk/embedded";
import { createRpcClient, methodContract } from "@concord/sdk/rpc";
import { openSqlite } from "@concord/sdk/sqlite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { inventory } from "../inventory/service.ts";
import { createOrders } from "../orders/service.ts";
import { createSimulatedProvider } from "../payments/provider.ts";
import { createPayments } from "../payments/service.ts";
import { users } from "../users/service.ts";
import { startFront } from "./front.ts";
import { issueTokens } from "./token-issuer.ts";

type Who = "alice" | "bob" | "staff" | "services" | undefined;
type Answer = [status: number, body: Record<string, unknown>];

const opened = new AsyncDisposableStack();
let call: (who: Who, path: string, body?: unknown, method?: string) => Promise<Answer>;

/** The services of the money behind the front, asking for tokens. */
beforeAll(async () => {
  const folder = opened.adopt(await mkdtemp(join(tmpdir(), "concord-access-")), (path) =>
    rm(path, { recursive: true }),
  );
  const { environment, tokens } = await issueTokens(folder);
  const running: Record<string, RunningService> = {};
  const token = () => tokens.services ?? "";
  const peer = (name: string) => ({ url: running[name]?.url ?? "", token });
  const peers = {
    orders: () => createRpcClient(OrderService, peer("orders")),
    users: () => createRpcClient(UserService, peer("users")),
  };
  const askUser = async (userId: string) => void (await peers.users().getUser({ userId }));
  const auth = {
    authJwks: environment.CONCORD_AUTH_JWKS,
    authIssuer: environment.CONCORD_AUTH_ISSUER,
    authAudience: "shop",
  };
  const transport = opened.use(await openEmbedded({ path: ":memory:" }));
  const services = [inventory, users, createOrders({ askUser }), createPayments(createSimulatedProvider(), peers)];
  for (const service of services) {
    const database = opened.adopt(openSqlite({ path: ":memory:" }), (sqlite) => sqlite.close());
    const config = { port: 0, logLevel: "silent", ...auth };
    running[service.name] = opened.use(await service.start({ transport, database, config }));
  }
  const protos = { inventory: InventoryService, users: UserService, orders: OrderService, payments: PaymentService };
  const backends = Object.entries(protos).map(([name, service]) => ({ name, service, url: running[name]?.url ?? "" }));
  const front = opened.use(await startFront({ backends, port: 0 }));
  call = async (who, path, body, method = body === undefined ? "GET" : "POST") => {
    const headers: Record<string, string> = who ? { authorization: `Bearer ${tokens[who]}` } : {};
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await fetch(`${front.url}${path}`, { method, headers, body: JSON.stringify(body) ?? null });
    return [response.status, (await response.json()) as Record<string, unknown>];
  };
});
afterAll(() => opened.disposeAsync());

const phone = { user_id: "1", items: [{ product_id: "phone", quantity: 1 }], payment_method: "BALANCE" };
const dollar = { change: "ADD", amount: { minor_units: 100, currency: "USD" } };

/** Orders of products that inventory has not listed yet are asked to come again. */
async function order(who: Who = "alice"): Promise<string> {
  const placed = await vi.waitUntil(
    async () => {
      const [status, body] = await call(who, "/orders", phone);
      return status === 201 && body;
    },
    { timeout: 10_000, interval: 50 },
  );
  return String(placed.order_id);
}

it("says of every method of the shop who may call it (C19)", () => {
  const methods = [InventoryService, NotificationService, OrderService, PaymentService, UserService].flatMap(
    (service) => service.methods,
  );
  const silent = methods.filter((method) => {
    const { access, roles } = methodContract(method);
    return access === "roles" && roles.length === 0;
  });
  expect(silent.map(({ name }) => name)).toEqual([]);
});

describe("with tokens asked for (C19, S16)", { timeout: 60_000 }, () => {
  it("lets everybody look at products and sign up, and nobody else in without a token", async () => {
    expect((await call(undefined, "/inventory/phone"))[0]).toBe(200);
    const dora = { username: "dora", email: "dora@example.com" };
    expect((await call(undefined, "/api/users", dora))[0]).toBe(201);
    for (const path of ["/api/orders", "/orders/o-1", "/api/users/1", "/api/payments"]) {
      expect(await call(undefined, path)).toMatchObject([401, { code: "unauthenticated" }]);
    }
    expect((await call(undefined, "/orders", phone))[0]).toBe(401);
  });

  it("shows an order to who placed it and to staff, and to no other customer", async () => {
    const id = await order();
    for (const who of ["alice", "staff"] as const) {
      expect(await call(who, `/orders/${id}`)).toMatchObject([200, { order_id: id }]);
      expect((await call(who, "/api/users/1/orders"))[0]).toBe(200);
    }
    const refused = [
      await call("bob", `/orders/${id}`),
      await call("bob", `/orders/${id}?wait_for=CONFIRMED`),
      await call("bob", "/api/users/1/orders"),
      await call("bob", "/api/orders"),
      await call("bob", `/orders/${id}/cancel`, {}),
      await call("bob", "/orders", phone),
      await call("bob", "/api/users/1/balance"),
      await call("bob", "/api/users/1"),
    ];
    for (const answer of refused) expect(answer).toMatchObject([403, { code: "permission_denied" }]);
    expect(await call("staff", "/api/orders")).toMatchObject([200, { orders: expect.any(Array) }]);
    expect(await call("alice", `/orders/${id}`)).toMatchObject([200, { user_id: "1" }]);
  });

  it("lets customers pay with their own money only, while services show tokens of their own", async () => {
    const id = await order();
    const wish = { order_id: id, user_id: "1" };
    expect((await call("bob", "/api/payments", wish))[0]).toBe(403);
    const [status, payment] = await call("alice", "/api/payments", wish);
    expect([status, payment]).toMatchObject([200, { status: "CAPTURED" }]);
    const path = `/api/payments/${payment.payment_id}`;
    expect((await call("alice", path))[0]).toBe(200);
    expect((await call("bob", path))[0]).toBe(403);
    expect((await call("bob", "/api/users/1/payments"))[0]).toBe(403);
    expect((await call("bob", "/api/refund", { payment_id: payment.payment_id }))[0]).toBe(403);
    expect(await call("alice", "/api/refund", { payment_id: payment.payment_id })).toMatchObject([
      200,
      { status: "REFUNDED" },
    ]);
  });

  it("gives the money of what was shipped back by staff alone, for goods that return", async () => {
    const id = await order();
    const [, payment] = await call("alice", "/api/payments", { order_id: id, user_id: "1" });
    expect((await call("staff", `/api/orders/${id}/status`, { status: "SHIPPED" }, "PUT"))[0]).toBe(200);
    const refund = (who: Who) => call(who, "/api/refund", { payment_id: payment.payment_id });
    expect(await refund("alice")).toMatchObject([
      409,
      { code: "failed_precondition", message: expect.stringContaining(`order ${id} is SHIPPED`) },
    ]);
    const begin = { orderId: id, paymentId: payment.payment_id, goodsReturn: true };
    expect((await call("alice", "/shop.orders.v1.OrderService/BeginRefund", begin))[0]).toBe(403);
    expect(await refund("staff")).toMatchObject([200, { status: "REFUNDED" }]);
    expect(await call("alice", `/orders/${id}`)).toMatchObject([200, { status: "SHIPPED" }]);
    expect(await refund("alice")).toMatchObject([200, { status: "REFUNDED" }]);
  });

  it("leaves shelves, statuses and money given by hand to staff", async () => {
    const id = await order();
    const mug = { product_id: "mug", name: "Mug", quantity: 3, price: { minor_units: 700, currency: "USD" } };
    const shipped = ["/api/orders/x/status".replace("x", id), { status: "SHIPPED" }, "PUT"] as const;
    for (const [path, body, method] of [
      ["/inventory", mug],
      ["/api/users/1/balance", { ...dollar, operation_id: "gift-1" }],
      shipped,
    ] as const) {
      expect((await call("alice", path, body, method))[0]).toBe(403);
    }
    expect((await call("staff", "/inventory", mug))[0]).toBe(201);
    expect((await call("staff", "/api/users/3/balance", { ...dollar, operation_id: "gift-1" }))[0]).toBe(200);
    expect((await call("staff", ...shipped))[0]).toBe(409);
    expect((await call("alice", "/api/users"))[0]).toBe(403);
    expect((await call("staff", "/api/users"))[0]).toBe(200);
  });
});
