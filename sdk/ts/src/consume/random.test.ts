import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationChannel, NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { describe, expect, it } from "vitest";
import { ConcordError, RetryLaterError, TerminalError } from "../core/error.ts";
import type { StoredMessage } from "../core/message.ts";
import { type Mutation, type Probe, type ProbePoint, probePoints } from "../core/probe.ts";
import type { Transport } from "../core/transport.ts";
import { type BedHandler, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";
import { readConsumerHistory } from "../testing/consumer-history.ts";
import { checkHistory, formatViolation } from "../testing/history/index.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import type { BatchLimits } from "./batch-queues.ts";

const eventCount = 80;
/** More keys than partitions, so that some share one. */
const keyCount = 10;
/** Time in the bed after which whatever is left is stuck, in milliseconds. */
const patienceMs = 60_000;

/** One run: seeded events, failures, deaths, lost connections, two consumers at once; then peace. Gives what is broken. */
async function run(
  seed: number,
  {
    without = [],
    point,
    batch,
  }: { without?: readonly Mutation[]; point?: ProbePoint | undefined; batch: BatchLimits | undefined },
): Promise<string[]> {
  const random = createSeededRandom(seed).next;
  await using bed = await openConsumerBed({
    service: "notifications",
    events: [ProductListedSchema],
    publishes: [NotificationSentSchema],
    labelOf: (data: ProductListed) => data.name,
    seed,
  });
  const messages = await load(bed, random);
  const handler = moodyHandler(bed, random);
  for (let life = 0; life < 4; life++) {
    const deaths = [deadly(random, without, point), ...(random() < 0.5 ? [deadly(random, without, point)] : [])];
    const started = await Promise.all(
      deaths.map((probe) =>
        bed.start({ handler, probe, consumer: { batch, transport: flaky(bed.transport, random) } }),
      ),
    );
    await bed.clock.sleep(random() * 3_000);
    for (const { kill } of started) kill();
  }
  const last = await bed.start({
    handler,
    probe: { reach: async () => {}, without: (name) => without.includes(name) },
    consumer: { batch },
  });
  const settled = await settles(bed, messages.length);
  await last.consumer.drain();
  const history = await readConsumerHistory(bed, {
    streams: ["evt-inventory"],
    answers: ["evt-notifications"],
    types: [ProductListedSchema.typeName],
    answersPerEffect: 1,
  });
  return [...(settled ? [] : ["stuck"]), ...checkHistory(history).map(formatViolation)];
}

async function load(bed: ConsumerBed, random: () => number): Promise<readonly StoredMessage[]> {
  const price = { minorUnits: 1n, currency: "EUR" };
  const events = Array.from({ length: eventCount }, (_, n) => {
    return { productId: `k${Math.floor(random() * keyCount)}`, name: `${n}`, price };
  });
  const messages = await Promise.all(events.map((event) => bed.publish(ProductListedSchema, event)));
  const repeated = messages.filter(() => random() < 0.1);
  await Promise.all(repeated.map((message, n) => repeat(bed, message, n)));
  return messages;
}

/** The same event once more, as a relay sends it after the broker has forgotten its message id (trap T5). */
async function repeat(bed: ConsumerBed, message: StoredMessage, n: number): Promise<void> {
  await bed.store({ ...message, messageId: `again-${n}` });
}

/** Each event has a mood of its own, the same in every life. */
function moodyHandler(bed: ConsumerBed, random: () => number): BedHandler {
  const moods = Array.from({ length: eventCount }, () => random());
  const waits = new Map<string, number>();
  return async ({ attempt, publish, envelope }, label) => {
    const mood = moods[Number(label)]!;
    if (mood < 0.05) throw new TerminalError("hopeless");
    if (mood < 0.1) throw new Error("always");
    if (mood < 0.3 && attempt <= mood * 13) throw new Error("not yet");
    const waited = waits.get(label) ?? 0;
    if (mood > 0.85 && waited < 2) {
      waits.set(label, waited + 1);
      throw new RetryLaterError({ delayMs: mood > 0.92 ? 3_000 : 300 });
    }
    if (mood > 0.6 && mood < 0.7) await bed.clock.sleep(400);
    const channel = NotificationChannel.EMAIL;
    await publish(NotificationSentSchema, { notificationId: envelope.id, userId: "u", channel });
  };
}

/** Dies at the given point, or at some point or other. */
function deadly(random: () => number, without: readonly Mutation[], given?: ProbePoint): Probe {
  const point = given ?? probePoints[Math.floor(random() * probePoints.length)]!;
  let left = given ? 0 : Math.floor(random() * 12);
  return {
    without: (name) => without.includes(name),
    async reach(here) {
      if (here === point && left-- <= 0) throw new Error(`died at ${here}`);
    },
  };
}

/** Loses its connection now and then. */
function flaky(transport: Transport, random: () => number): Transport {
  return {
    ...transport,
    async *read(request) {
      for await (const batch of transport.read({ ...request, maxBatch: 8 })) {
        if (random() < 0.3) throw new ConcordError("unavailable", "the connection was lost");
        yield batch;
      }
    },
  };
}

async function settles(bed: ConsumerBed, count: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 500) {
    const settled = await bed.database.query(
      bed.database.db,
      "SELECT 1 FROM concord_inbox WHERE state <> 'parked' AND source NOT LIKE '##%'",
    );
    if (settled.length >= count) return true;
    await bed.clock.sleep(500);
  }
  return false;
}

const modes: Readonly<Record<string, BatchLimits | undefined>> = {
  "one by one": undefined,
  "in batches": { maxEvents: 4, maxWaitMs: 20 },
};

describe.each(Object.entries(modes))(
  "consumers under seeded failures, deaths and lost connections, %s,",
  (_, batch) => {
    const seeds = Number(process.env.CONCORD_TEST_SEEDS ?? 4);
    for (let seed = 1; seed <= seeds; seed++) {
      it(`keep the promise, seed ${seed}`, async () => {
        expect(await run(seed, { batch })).toEqual([]);
      }, 60_000);
    }
  },
);

describe.each(Object.entries(modes))("the same without a safeguard, %s,", (_, batch) => {
  const mutations: readonly (readonly [Mutation, ProbePoint?])[] = [
    ["inbox-outside-transaction"],
    ["no-inbox-row-for-parked"],
    ["no-tail-parking"],
    ["runner-ignores-order"],
    ["dead-letter-outside-transaction", "dead.insert"],
    ["position-before-commit"],
    ["position-beyond-prefix"],
    ["session-continues-after-gap"],
  ];
  for (const [mutation, point] of mutations) {
    it(`breaks the promise: ${mutation}`, async () => {
      let seed = 0;
      let broken: string[] = [];
      while (broken.length === 0 && seed < 40) broken = await run(++seed, { without: [mutation], point, batch });
      expect(broken).not.toEqual([]);
    }, 60_000);
  }
});
