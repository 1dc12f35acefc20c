import { InventoryService, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { ConcordError } from "@concord/sdk";
import { createRpcServer, rpcRoute } from "@concord/sdk/rpc";
import { createTestBed } from "@concord/sdk/testing";
import { expect, it } from "vitest";
import { inventory } from "../inventory/service.ts";
import { type AskUser, createAskUser } from "./customers.ts";
import { createOrders } from "./service.ts";

async function openOrders(askUser: AskUser) {
  const bed = await createTestBed({ services: [inventory, createOrders({ askUser })] });
  await bed.settled();
  const place = (productId: string, options = {}) =>
    bed.client(OrderService).createOrder({ userId: "ada", items: [{ productId, quantity: 1 }] }, options);
  return { bed, place };
}

it("takes orders of known users while users is down, and asks others to come again", async () => {
  let down = true;
  const { bed, place } = await openOrders(async () => {
    if (down) throw new ConcordError("internal", "down");
  });
  await using _ = bed;
  await expect(place("phone")).rejects.toMatchObject({ code: "unavailable" });
  down = false;
  await place("phone");
  down = true;
  await place("phone");
});

it("stops asking a users service that fails, and goes on with the users that it knows (N20, S16, P22)", async () => {
  let [asked, down] = [0, false];
  const getUser = () => {
    asked += 1;
    if (down) throw new Error("down");
    return {};
  };
  await using server = await createRpcServer({ name: "users", routes: [rpcRoute(UserService, { getUser })] });
  const { bed, place } = await openOrders(createAskUser(() => server.url));
  await using _ = bed;
  await place("phone");
  down = true;
  const items = [{ productId: "phone", quantity: 1 }];
  for (let calls = 0; calls < 6; calls++) {
    const strange = bed.client(OrderService).createOrder({ userId: "stranger", items });
    await expect(strange).rejects.toMatchObject({ code: "unavailable" });
  }
  // Once for ada, and five failures open the circuit.
  expect(asked).toBe(6);
  await place("phone");
  expect((await bed.client(OrderService).listOrders({ userId: "ada" })).orders).toHaveLength(2);
  expect(asked).toBe(6);
});

it("gives the placed order to a call repeated by its key, also when the price has changed since", async () => {
  const { bed, place } = await openOrders(async () => {});
  await using _ = bed;
  const key = { headers: { "idempotency-key": "k-1" } };
  const first = await place("phone", key);
  const raised = { productId: "phone", name: "Phone", quantity: 25, price: { minorUnits: 1n, currency: "USD" } };
  await bed.client(InventoryService).putProduct(raised);
  await bed.settled();
  expect((await bed.published(ProductListedSchema)).at(-1)?.data.price?.minorUnits).toBe(1n);
  expect(await place("phone", key)).toEqual(first);
  expect((await bed.client(OrderService).listOrders({})).orders).toHaveLength(1);
});
