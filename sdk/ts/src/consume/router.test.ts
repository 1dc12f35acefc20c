import { create } from "@bufbuild/protobuf";
import { MoneySchema } from "@concord/gen/shop/common/v1/money_pb.js";
import { ProductListedSchema, StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import { eventContract } from "../core/contract/event-contract.ts";
import type { Attempt } from "../core/handler.ts";
import { silentLog } from "../core/log.ts";
import { createRouter } from "./router.ts";

function attemptAt(schema: typeof ProductListedSchema): Attempt {
  const contract = eventContract(schema);
  const data = create(schema, { productId: "p" });
  const event = { contract, data, envelope: { id: "1" }, message: {}, redrives: 0 } as unknown as Attempt["event"];
  const publish = async () => ({ id: "x" });
  const scope = { tx: "tx", db: "db", publish, send: publish, publishAll: async () => [] };
  return { event, attempt: 2, signal: new AbortController().signal, log: silentLog, scope };
}

describe("a router", () => {
  it("leads an event to the handler of its type, with all that a handler gets", async () => {
    const seen: unknown[] = [];
    const router = createRouter()
      .on(ProductListedSchema, ({ data, tx, db, attempt }) => void seen.push([data.productId, tx, db, attempt]))
      .on(StockReservedSchema, () => void seen.push("wrong"));
    await router.handle(attemptAt(ProductListedSchema));
    expect(seen).toEqual([["p", "tx", "db", 2]]);
  });

  it("finds a contract only in the stream that it belongs to", () => {
    const router = createRouter().on(ProductListedSchema, () => {});
    const parts = { tree: "evt", stream: "inventory", partition: 0, type: ProductListedSchema.typeName } as const;
    expect(router.find(parts)?.schema).toBe(ProductListedSchema);
    expect(router.find({ ...parts, stream: "orders" })).toBeUndefined();
    expect(router.find({ ...parts, tree: "cmd" })).toBeUndefined();
    expect(router.find({ ...parts, type: "shop.inventory.v1.Unheard" })).toBeUndefined();
  });

  it("refuses a second handler of one type", () => {
    const router = createRouter().on(ProductListedSchema, () => {});
    expect(() => router.on(ProductListedSchema, () => {})).toThrow(expect.objectContaining({ code: "config" }));
  });

  it("refuses a message that is no event", () => {
    expect(() => createRouter().on(MoneySchema, () => {})).toThrow(
      expect.objectContaining({ code: "invalid_contract" }),
    );
  });
});
