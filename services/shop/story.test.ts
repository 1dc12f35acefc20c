import { create } from "@bufbuild/protobuf";
import { OrderSchema, OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { createRpcServer, rpcRoute } from "@concord/sdk/rpc";
import { expect, it } from "vitest";
import type { MailCatcher } from "./mail-catcher.ts";
import { tellStory } from "./story.ts";

function mailsWith(mail: { to: string; subject: string } | undefined): MailCatcher {
  return { url: "", waitFor: async () => mail, [Symbol.asyncDispose]: async () => {} };
}

/** Orders that end in one status, whatever is ordered. */
function serveOrders(status: OrderStatus) {
  const order = create(OrderSchema, { orderId: "o-1", status, history: [{ status }] });
  const routes = [rpcRoute(OrderService, { createOrder: () => ({ order }), getOrder: () => ({ order }) })];
  return createRpcServer({ name: "orders", routes });
}

it("does not come true when the order ends otherwise", async () => {
  await using server = await serveOrders(OrderStatus.CANCELLED);
  const story = tellStory({ url: server.url, mails: mailsWith(undefined), say: () => {} });
  await expect(story).rejects.toThrow("order o-1 ended CANCELLED, not CONFIRMED");
});

it("does not come true without the mail", async () => {
  await using server = await serveOrders(OrderStatus.CONFIRMED);
  const story = tellStory({ url: server.url, mails: mailsWith(undefined), say: () => {} });
  await expect(story).rejects.toThrow("no mail said so");
});

it("does not come true when 100 keyboards can be had", async () => {
  await using server = await serveOrders(OrderStatus.CONFIRMED);
  const lines: string[] = [];
  const mails = mailsWith({ to: "ada@example.com", subject: "confirmed" });
  const story = tellStory({ url: server.url, mails, say: (line) => lines.push(line) });
  await expect(story).rejects.toThrow("ended CONFIRMED, not CANCELLED");
  expect(lines[0]).toMatch(/^✓ order o-1…-1 {2}2 × keyboard/);
});
