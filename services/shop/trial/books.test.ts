import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { BalanceChange, UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { expect, it } from "vitest";
import { openBedMarket } from "./bed-market.ts";
import { openBooks } from "./books.ts";
import { drawOperations } from "./operations.ts";
import { seededRandom } from "./seed.ts";

it("sees money that came from nowhere and pieces that are gone", async () => {
  await using market = await openBedMarket();
  const books = await openBooks(market);
  expect(await books.audit()).toEqual([]);
  const cent = { minorUnits: 1n, currency: "USD" };
  const users = market.client(UserService);
  await users.adjustBalance({ userId: "1", change: BalanceChange.ADD, amount: cent, operationId: "o-1" });
  const price = { minorUnits: 4_900n, currency: "USD" };
  await market.client(InventoryService).putProduct({ productId: "keyboard", name: "Keyboard", quantity: 11, price });
  expect(await books.audit()).toEqual([
    "user 1 has 50001 instead of 50000",
    "11 of keyboard left, 0 held and 0 sold of 12",
  ]);
  books.adjusted("1", 1n);
  books.fault("two answers to one call");
  expect(await books.audit()).toEqual(["two answers to one call", expect.stringContaining("keyboard")]);
});

it("draws the same operations from the same seed, and every kind of them", () => {
  const drawn = drawOperations(seededRandom(7), 2_000);
  expect(drawOperations(seededRandom(7), 2_000)).toEqual(drawn);
  expect(drawOperations(seededRandom(8), 2_000)).not.toEqual(drawn);
  expect(new Set(drawn.map(({ kind }) => kind)).size).toBe(11);
});
