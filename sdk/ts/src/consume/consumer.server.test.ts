import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationChannel, NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import { systemClock } from "../core/clock.ts";
import type { Database, Sql } from "../core/database.ts";
import { RetryLaterError, TerminalError } from "../core/error.ts";
import { createPostgresMigrator, createPostgresStores, fromPg, openPostgres } from "../postgres/index.ts";
import { type BedHandler, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";
import { readConsumerHistory } from "../testing/consumer-history.ts";
import { checkHistory, formatViolation } from "../testing/history/index.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";

let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: "off" } });
});

afterAll(() => server?.stop());

/** The user's own client: nothing of ours stands between a handler and its connection. */
function openRawPool(url: string): Database<Sql, Sql> {
  return fromPg(new Pool({ connectionString: url })) as unknown as Database<Sql, Sql>;
}

async function openBed(
  seed = 1,
  open = (url: string) => openPostgres(url, { maxConnections: 60 }),
): Promise<ConsumerBed> {
  const url = await server.createDatabase(`consumer${++databases}`);
  return openConsumerBed({
    service: "notifications",
    events: [ProductListedSchema],
    publishes: [NotificationSentSchema],
    labelOf: (data: ProductListed) => data.name,
    seed,
    clock: systemClock,
    async openDatabase() {
      const database = open(url);
      return {
        database,
        migrator: createPostgresMigrator(database),
        storesOn: (through, probe) => createPostgresStores(through, { probe }),
      };
    },
  });
}

async function list(bed: ConsumerBed, count: number, keyOf: (n: number) => string): Promise<void> {
  const price = { minorUnits: 1n, currency: "EUR" };
  const events = Array.from({ length: count }, (_, n) => ({ productId: keyOf(n), name: `${n}`, price }));
  await Promise.all(events.map((event) => bed.publish(ProductListedSchema, event)));
}

function moodyHandler(bed: ConsumerBed, moods: readonly number[]): BedHandler {
  const waited = new Set<string>();
  return async ({ attempt, publish, envelope }, label) => {
    const mood = moods[Number(label)]!;
    if (mood < 0.03) throw new TerminalError("hopeless");
    if (mood < 0.15 && attempt < 3) throw new Error("not yet");
    if (mood > 0.95 && !waited.has(label)) {
      waited.add(label);
      throw new RetryLaterError({ delayMs: 200 });
    }
    if (mood > 0.8) await bed.clock.sleep(mood * 50);
    const channel = NotificationChannel.EMAIL;
    await publish(NotificationSentSchema, { notificationId: envelope.id, userId: "u", channel });
  };
}

async function settledCount(bed: ConsumerBed): Promise<number> {
  const rows = await bed.database.query(bed.database.db, "SELECT 1 FROM concord_inbox WHERE state <> 'parked'");
  return rows.length;
}

describe("consumers on PostgreSQL", () => {
  it.each([
    { mode: "one by one", seed: 1 },
    { mode: "one by one", seed: 2 },
    { mode: "in batches", seed: 3, batch: { maxEvents: 10, maxWaitMs: 10 } },
    { mode: "in batches", seed: 4, batch: { maxEvents: 50 } },
  ])(
    "keep the promise while two hold every partition and one after the other is killed, $mode, seed $seed",
    async ({ seed, batch }) => {
      await using bed = await openBed(seed);
      const random = createSeededRandom(seed);
      const count = 400;
      await list(bed, count, () => `k${random.below(25)}`);
      const handler = moodyHandler(
        bed,
        Array.from({ length: count }, () => random.next()),
      );
      const options = { handler, consumer: { batch }, inbox: { retry: { initialMs: 20 }, parkAboveMs: 100 } };
      let lives = [await bed.start(options), await bed.start(options)];
      for (let killed = 0; killed < 4; killed++) {
        await bed.clock.sleep(random.between(50, 400));
        lives[0]!.kill();
        lives = [lives[1]!, await bed.start(options)];
      }
      await bed.until(async () => (await settledCount(bed)) === count, "everything settled");
      await Promise.all(lives.map(({ consumer }) => consumer.drain()));
      const history = await readConsumerHistory(bed, {
        streams: ["evt-inventory"],
        answers: ["evt-notifications"],
        types: [ProductListedSchema.typeName],
        answersPerEffect: 1,
      });
      expect(checkHistory(history).map(formatViolation)).toEqual([]);
    },
  );

  it("give no connection back that a timed-out handler still writes to", async () => {
    await using bed = await openBed(1, openRawPool);
    await list(bed, 12, (n) => `k${n}`);
    const late: Promise<unknown>[] = [];
    await bed.start({
      consumer: { handlerTimeoutMs: 100 },
      inbox: { retry: { initialMs: 1 } },
      async handler({ attempt, tx, envelope }, label) {
        if (attempt > 1) return bed.clock.sleep(20);
        await bed.clock.sleep(150);
        late.push(tx.query("INSERT INTO effect (label, event_id) VALUES ('late', $1)", [envelope.id]).catch(() => {}));
        await bed.clock.sleep(1);
        expect(label).toBeDefined();
      },
    });
    await bed.handled(12);
    await bed.until(() => late.length === 12);
    await Promise.all(late);
    expect(await bed.labels()).not.toContain("late");
    expect(await bed.labels()).toHaveLength(12);
  });

  it("share one event's effect when two claim it at the same moment (I3)", async () => {
    await using bed = await openBed();
    await list(bed, 200, (n) => `k${n}`);
    await Promise.all([bed.start(), bed.start(), bed.start()]);
    await bed.handled(200);
    await bed.clock.sleep(300);
    expect(new Set(await bed.labels()).size).toBe(200);
    expect(await bed.labels()).toHaveLength(200);
  });
});
