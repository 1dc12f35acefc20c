import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import type { RunningService } from "@concord/sdk";
import { openEmbedded } from "@concord/sdk/embedded";
import { createRpcClient } from "@concord/sdk/rpc";
import { openSqlite } from "@concord/sdk/sqlite";
import type { TestedService } from "@concord/sdk/testing";
import { expect, it, vi } from "vitest";
import { inventory } from "../inventory/service.ts";
import { createOrders } from "../orders/service.ts";
import { users } from "../users/service.ts";
import { createSimulatedProvider } from "./provider.ts";
import { createPayments } from "./service.ts";

type Answer = [status: number, body: Record<string, unknown>];

/** The services of the money on one broker, called as by curl. */
async function openShop() {
  const opened = new AsyncDisposableStack();
  const transport = opened.use(await openEmbedded({ path: ":memory:" }));
  const running: Record<string, RunningService> = {};
  const urlOf = (name: string) => running[name]?.url ?? "";
  const peers = {
    orders: () => createRpcClient(OrderService, { url: urlOf("orders") }),
    users: () => createRpcClient(UserService, { url: urlOf("users") }),
  };
  const askUser = async (userId: string) => void (await peers.users().getUser({ userId }));
  const services: TestedService[] = [
    inventory,
    users,
    createOrders({ askUser }),
    createPayments(createSimulatedProvider(), peers),
  ];
  for (const service of services) {
    const database = opened.adopt(openSqlite({ path: ":memory:" }), (sqlite) => sqlite.close());
    const started = await service.start({ transport, database, config: { port: 0, logLevel: "error" } });
    running[service.name] = opened.use(started);
  }
  const call = async (name: string, path: string, options: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${urlOf(name)}${path}`, options);
    return [response.status, (await response.json()) as Record<string, unknown>];
  };
  return {
    get: (name: string, path: string) => call(name, path),
    send: (name: string, path: string, body: unknown, headers: Record<string, string> = {}, method = "POST") =>
      call(name, path, {
        method,
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const phone = { user_id: "1", items: [{ product_id: "phone", quantity: 1 }], payment_method: "BALANCE" };

it("plays the workflow of users, orders and payments by REST: 500.00 − 299.99 = 200.01 (S1-S14)", async () => {
  await using shop = await openShop();
  const { get, send } = shop;
  await vi.waitFor(async () => expect((await send("orders", "/orders", { ...phone, user_id: "2" }))[0]).toBe(201), {
    timeout: 10_000,
  });

  const [created, order] = await send("orders", "/api/orders", phone);
  expect([created, order]).toMatchObject([201, { status: "PENDING", total: { minor_units: "29999" } }]);
  const [paid, payment] = await send("payments", "/api/payments", { order_id: order.order_id, user_id: "1" });
  expect([paid, payment]).toMatchObject([200, { status: "CAPTURED", method: "BALANCE", user_id: "1" }]);
  expect(await get("users", "/api/users/1/balance")).toMatchObject([200, { balance: { minor_units: "20001" } }]);
  expect(await get("orders", `/api/orders/${order.order_id}`)).toMatchObject([200, { status: "CONFIRMED" }]);
  expect(await get("payments", `/api/payments/${payment.payment_id}`)).toMatchObject([200, { status: "CAPTURED" }]);
  expect(await get("orders", "/api/users/1/orders")).toMatchObject([200, { orders: [{ status: "CONFIRMED" }] }]);
  expect(await get("payments", "/api/users/1/payments")).toMatchObject([200, { payments: [{ user_id: "1" }] }]);
  expect(await get("orders", "/api/orders")).toMatchObject([200, { orders: [{ user_id: "1" }, { user_id: "2" }] }]);
  expect(await get("payments", "/api/payments")).toMatchObject([200, { payments: [{ order_id: order.order_id }] }]);

  const refund = () => send("payments", "/api/refund", { payment_id: payment.payment_id });
  expect(await refund()).toMatchObject([200, { status: "REFUNDED" }]);
  expect(await get("orders", `/orders/${order.order_id}`)).toMatchObject([200, { status: "PENDING" }]);
  expect(await get("users", "/api/users/1/balance")).toMatchObject([200, { balance: { minor_units: "50000" } }]);
  expect(await send("orders", `/orders/${order.order_id}/cancel`, {})).toMatchObject([200, { status: "CANCELLED" }]);
}, 60_000);

it("refuses with 404, 403, 400 and 409, and gives the first answer again for the same key (S5, S9)", async () => {
  await using shop = await openShop();
  const { get, send } = shop;
  const laptop = { ...phone, items: [{ product_id: "prod-001", quantity: 1 }] };
  await vi.waitFor(async () => expect((await send("orders", "/orders", laptop))[0]).toBe(201), { timeout: 10_000 });
  const [, { orders: placed }] = await get("orders", "/orders/user/1");
  const [, order] = await send("orders", "/orders", phone, { "idempotency-key": "o-1" });
  expect((await send("orders", "/orders", phone, { "idempotency-key": "o-1" }))[1]).toEqual(order);

  const pay = (body: unknown, key = "k-1") => send("payments", "/api/payments", body, { "idempotency-key": key });
  const wish = { order_id: order.order_id, user_id: "1" };
  expect(await send("orders", "/orders", { ...phone, user_id: "nobody" })).toMatchObject([404, { code: "not_found" }]);
  expect(await pay({ ...wish, order_id: "none" }, "k-2")).toMatchObject([404, { code: "not_found" }]);
  expect(await pay({ ...wish, user_id: "2" }, "k-3")).toMatchObject([403, { code: "permission_denied" }]);
  const [dear] = placed as { order_id: string }[];
  expect(await pay({ ...wish, order_id: dear?.order_id }, "k-4")).toMatchObject([400, { code: "invalid_argument" }]);

  const [status, payment] = await pay(wish);
  const [again, repeated] = await pay(wish);
  expect([status, again, repeated]).toEqual([200, 200, payment]);
  expect(await pay(wish, "k-5")).toMatchObject([409, { code: "failed_precondition" }]);

  const shipped = await send("orders", `/api/orders/${order.order_id}/status`, { status: "SHIPPED" }, {}, "PUT");
  expect(shipped).toMatchObject([200, { status: "SHIPPED" }]);
  const refund = (payment_id: unknown) => send("payments", "/api/refund", { payment_id });
  expect(await refund(payment.payment_id)).toMatchObject([409, { code: "failed_precondition" }]);
  expect(await refund("none")).toMatchObject([404, { code: "not_found" }]);
  expect(await get("users", "/api/users/1/balance")).toMatchObject([200, { balance: { minor_units: "20001" } }]);
}, 60_000);
