import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import { TerminalError } from "../core/error.ts";
import { type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "orders",
    events: [ProductListedSchema],
    labelOf: (data: ProductListed) => data.name,
  });
}

function list(bed: ConsumerBed, key: string, label: string) {
  return bed.publish(ProductListedSchema, {
    productId: key,
    name: label,
    price: { minorUnits: 1n, currency: "EUR" },
  });
}

describe("a consumer with a database", () => {
  it("handles each event once, per key in the order of the stream", async () => {
    await using bed = await openBed();
    for (let n = 1; n <= 20; n++) await list(bed, `k${n % 4}`, String(n));
    await bed.start();
    await bed.until(async () => (await bed.labels()).length === 20);
    expect(await bed.labels("k1")).toEqual(["1", "5", "9", "13", "17"]);
    expect(await bed.labels("k0")).toEqual(["4", "8", "12", "16", "20"]);
  });

  it("retries a failed event before the later ones of its key", async () => {
    await using bed = await openBed();
    for (const label of ["1", "2", "3"]) await list(bed, "k", label);
    await bed.start({
      handler: ({ attempt }, label) => {
        if (label === "1" && attempt < 3) throw new Error("not yet");
      },
    });
    await bed.until(async () => (await bed.labels()).length === 3);
    expect(await bed.labels("k")).toEqual(["1", "2", "3"]);
    expect((await bed.effects())[0]).toMatchObject({ attempt: 3 });
  });

  it("makes a dead letter of an event that it gives up, and goes on with its key", async () => {
    await using bed = await openBed();
    for (const label of ["1", "2"]) await list(bed, "k", label);
    await bed.start({
      handler: (_, label) => {
        if (label === "1") throw new TerminalError("hopeless");
      },
    });
    await bed.until(async () => (await bed.labels()).length === 1);
    expect(await bed.labels("k")).toEqual(["2"]);
    expect(await bed.deadLetters()).toMatchObject([{ reason: "terminal", error: "terminal", attempts: 1 }]);
  });
});
