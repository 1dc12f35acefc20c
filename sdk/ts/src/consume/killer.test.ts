import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { expect, it } from "vitest";
import { RetryLaterError } from "../core/error.ts";
import { type BedConsumer, openConsumerBed } from "../testing/consumer-bed.ts";

const price = { minorUnits: 1n, currency: "EUR" };

it("gives an event up that kills its process at every run, also when it waits in the database", async () => {
  await using bed = await openConsumerBed({
    service: "notifications",
    events: [ProductListedSchema],
    labelOf: ({ name }: ProductListed) => name,
  });
  await bed.publish(ProductListedSchema, { productId: "a", name: "killer", price });
  let runs = 0;
  let lives = 0;
  while ((await bed.deadLetters()).length === 0 && lives++ < 20) {
    let died = false;
    let started: BedConsumer | undefined;
    const handler = async () => {
      if (++runs === 1) throw new RetryLaterError({ delayMs: 5_000 });
      died = true;
      started?.kill();
      await new Promise(() => {});
    };
    started = await bed.start({ handler });
    await bed.until(async () => died || (await bed.deadLetters()).length > 0);
  }
  expect((await bed.deadLetters()).map(({ reason }) => reason)).toEqual(["exhausted"]);
  expect(lives).toBeLessThan(10);
});
