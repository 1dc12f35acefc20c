import { ProductListedSchema, StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { ChargePaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { describe, expect, it } from "vitest";
import type { StoredMessage } from "../core/message.ts";
import { createRouter } from "./router.ts";
import { eventSources, redriveSource } from "./stream-source.ts";

const at = (subject: string) => ({ subject }) as StoredMessage;

describe("the streams of a router", () => {
  it("are read through one filter for one type, and through the partition for several (T36)", () => {
    const [one] = eventSources(
      createRouter().on(ProductListedSchema, () => {}),
      { service: "orders", namespace: "x" },
    );
    expect(one).toMatchObject({
      stream: "x-evt-inventory",
      filter: "x.evt.inventory.*.*.shop.inventory.v1.ProductListed",
    });
    expect(one!.filterOf(3)).toBe("x.evt.inventory.3.*.shop.inventory.v1.ProductListed");
    const router = createRouter().on(ProductListedSchema, () => {});
    const [several] = eventSources(
      router.on(StockReservedSchema, () => {}),
      { service: "orders" },
    );
    expect(several!.filter).toBe("evt.inventory.>");
    expect(several!.filterOf(3)).toBe("evt.inventory.3.>");
  });

  it("place a message by its partition and key, and know what is not handled", () => {
    const [source] = eventSources(
      createRouter().on(ProductListedSchema, () => {}),
      { service: "orders" },
    );
    const place = (subject: string) => source!.placeOf(at(subject));
    expect(place("evt.inventory.3.kb-1.shop.inventory.v1.ProductListed")).toEqual({
      partition: 3,
      lane: "kb-1",
      isHandled: true,
    });
    expect(place("evt.inventory.3._.shop.inventory.v1.StockReserved")).toMatchObject({
      lane: undefined,
      isHandled: false,
    });
    expect(place("evt.inventory.77.k.shop.inventory.v1.ProductListed")).toBeUndefined();
    expect(place("evt.inventory")).toBeUndefined();
  });

  it("hold the service to its own commands", () => {
    const router = createRouter().on(ChargePaymentSchema, () => {});
    expect(eventSources(router, { service: "payments" })).toMatchObject([{ stream: "cmd-payments" }]);
    expect(() => eventSources(router, { service: "orders" })).toThrow(expect.objectContaining({ code: "config" }));
  });

  it("bring redrives in one partition, in order per key", () => {
    const source = redriveSource({ service: "orders" });
    expect(source).toMatchObject({ stream: "rdr-orders", filter: "rdr.orders.>", partitions: 1 });
    expect(source.placeOf(at("rdr.orders.evt.inventory.3.k.shop.inventory.v1.ProductListed"))).toMatchObject({
      partition: 0,
      lane: "k",
    });
  });
});
