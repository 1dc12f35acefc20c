import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import type { Database, Sql } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";
import type { Stores } from "../core/store/stores.ts";
import type { Transport } from "../core/transport.ts";
import { createSqliteStores } from "../sqlite/index.ts";
import { type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";

const minuteMs = 60_000;

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "orders",
    events: [ProductListedSchema],
    labelOf: (data: ProductListed) => data.name,
  });
}

async function list(bed: ConsumerBed, ...labels: string[]): Promise<void> {
  const price = { minorUnits: 1n, currency: "EUR" };
  for (const name of labels) await bed.publish(ProductListedSchema, { productId: "k", name, price });
}

/** Whether something can be reached now. */
interface Reach {
  away: boolean;
}

function whenThere<Arguments extends unknown[], Answer>(
  reach: Reach,
  call: (...values: Arguments) => Promise<Answer>,
): (...values: Arguments) => Promise<Answer> {
  return async (...values) => {
    if (reach.away) throw new ConcordError("unavailable", "cut");
    return call(...values);
  };
}

/** A database that loses what is open when it goes away. */
function cuttable(database: Database<Sql, Sql>, reach: Reach): Database<Sql, Sql> {
  return {
    ...database,
    query: whenThere(reach, database.query) as typeof database.query,
    transaction: whenThere(reach, (run, options) =>
      database.transaction(async (tx) => {
        const result = await run(tx);
        if (reach.away) throw new ConcordError("unavailable", "cut");
        return result;
      }, options),
    ) as typeof database.transaction,
  };
}

function cuttableBroker(transport: Transport, reach: Reach): Transport {
  return {
    ...transport,
    streamState: whenThere(reach, transport.streamState),
    get: whenThere(reach, transport.get),
    next: whenThere(reach, transport.next),
    async *read(request) {
      for await (const batch of transport.read(request)) {
        if (reach.away) throw new ConcordError("unavailable", "cut");
        yield batch;
      }
    },
  };
}

describe("a consumer whose database is gone for a minute", () => {
  it("loses nothing, counts no attempt, makes no dead letter and goes on alone", async () => {
    await using bed = await openBed();
    const reach = { away: false };
    const database = cuttable(bed.database, reach);
    const stores = createSqliteStores(database, { clock: bed.clock });
    await list(bed, "1", "2");
    await bed.start({
      inbox: { database, stores: stores as never },
      consumer: { stores: stores as unknown as Stores },
    });
    await bed.handled(2);
    reach.away = true;
    await list(bed, "3", "4", "5");
    await bed.clock.sleep(minuteMs);
    reach.away = false;
    await list(bed, "6");
    await bed.handled(6);
    expect((await bed.effects()).map(({ label, attempt }) => `${label}#${attempt}`)).toEqual(
      ["1", "2", "3", "4", "5", "6"].map((label) => `${label}#1`),
    );
    expect(await bed.deadLetters()).toEqual([]);
    await bed.until(async () => (await bed.positions("evt-inventory")).includes(6n), "the position is stored");
  });
});

describe("a consumer whose broker is gone for an hour", () => {
  it("loses nothing, repeats nothing and goes on alone", async () => {
    await using bed = await openBed();
    const reach = { away: false };
    await list(bed, "1", "2");
    await bed.start({ consumer: { transport: cuttableBroker(bed.transport, reach) } });
    await bed.handled(2);
    reach.away = true;
    await list(bed, "3", "4");
    await bed.clock.sleep(60 * minuteMs);
    expect(await bed.labels()).toEqual(["1", "2"]);
    reach.away = false;
    await list(bed, "5");
    await bed.handled(5);
    expect(await bed.labels()).toEqual(["1", "2", "3", "4", "5"]);
  });
});
