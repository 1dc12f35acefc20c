import { create } from "@bufbuild/protobuf";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderSchema, OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { createRpcServer, rpcRoute } from "@concord/sdk/rpc";
import { expect, it } from "vitest";
import type { MailCatcher } from "./mail-catcher.ts";
import { tellStory } from "./story.ts";

const confirmation = { to: "ada@example.com", subject: "confirmed" };

function mailsWith(mail: { to: string; subject: string } | undefined): MailCatcher {
  return { url: "", waitFor: async () => mail, [Symbol.asyncDispose]: async () => {} };
}

/** A shop whose orders end one after the other as given, whatever is ordered, and whose payments take no money. */
function serveShop(...ends: OrderStatus[]) {
  const balance = { minorUnits: 50_000n, currency: "USD" };
  const total = { minorUnits: 29_999n, currency: "USD" };
  const end = () => {
    const status = ends.shift() ?? OrderStatus.CONFIRMED;
    return { order: create(OrderSchema, { orderId: "o-1", status, total, history: [{ status }] }) };
  };
  const routes = [
    rpcRoute(OrderService, { createOrder: () => ({ order: { orderId: "o-1" } }), getOrder: end }),
    rpcRoute(InventoryService, { getStock: () => ({ quantity: 12 }) }),
    rpcRoute(PaymentService, { payOrder: () => ({}) }),
    rpcRoute(UserService, { getBalance: () => ({ balance }) }),
  ];
  return createRpcServer({ name: "shop", routes });
}

it("does not come true when the order ends otherwise", async () => {
  await using server = await serveShop(OrderStatus.CANCELLED);
  const story = tellStory({ url: server.url, mails: mailsWith(undefined), say: () => {} });
  await expect(story).rejects.toThrow("order o-1 ended CANCELLED, not CONFIRMED");
});

it("does not come true without the mail", async () => {
  await using server = await serveShop(OrderStatus.CONFIRMED);
  const story = tellStory({ url: server.url, mails: mailsWith(undefined), say: () => {} });
  await expect(story).rejects.toThrow("no mail said so");
});

it("does not come true when 100 keyboards can be had", async () => {
  await using server = await serveShop(OrderStatus.CONFIRMED, OrderStatus.CONFIRMED);
  const lines: string[] = [];
  const story = tellStory({ url: server.url, mails: mailsWith(confirmation), say: (line) => lines.push(line) });
  await expect(story).rejects.toThrow("ended CONFIRMED, not CANCELLED");
  expect(lines[0]).toMatch(/^✓ order o-1…-1 {2}2 × keyboard/);
});

it("does not come true when alice pays and her balance stays as it was", async () => {
  await using server = await serveShop(OrderStatus.CONFIRMED, OrderStatus.CANCELLED);
  const story = tellStory({ url: server.url, mails: mailsWith(confirmation), say: () => {} });
  await expect(story).rejects.toThrow("alice paid order o-1, but 500.00 − 299.99 = 500.00");
});
