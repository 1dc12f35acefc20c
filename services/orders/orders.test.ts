import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { openEmbedded } from "@concord/sdk/embedded";
import { openSqlite } from "@concord/sdk/sqlite";
import { expect, it } from "vitest";
import * as store from "./orders.ts";
import { createOrders } from "./service.ts";

it("stores one of two changes at once, and has the other one start again", async () => {
  await using transport = await openEmbedded({ path: ":memory:" });
  const database = openSqlite({ path: ":memory:" });
  const config = { logLevel: "silent" };
  // It brings the tables.
  await using _ = await createOrders().start({ transport, database, config, listen: false });
  const { db } = database;
  const line = { productId: "phone", name: "Phone", minorUnits: 29_999n, currency: "USD", quantity: 1 };
  const placed = { orderId: "o-1", userId: "1", paymentMethod: PaymentMethod.CARD, lines: [line], nowMs: 1 };
  const read = await store.insert(db, placed);
  await store.change(db, read, { status: OrderStatus.CANCELLED }, 2);
  const late = store.change(db, read, { status: OrderStatus.CONFIRMED }, 3);
  await expect(late).rejects.toMatchObject({ code: "transaction_conflict" });
  const { status, history } = await store.get(db, "o-1");
  expect([status, history.length]).toEqual([OrderStatus.CANCELLED, 2]);
});
