import { type ProductListed, ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationChannel, NotificationSentSchema } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { describe, expect, it } from "vitest";
import { redriveMessage } from "../core/dead-letter.ts";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import { RetryLaterError, TerminalError } from "../core/error.ts";
import type { Probe, ProbePoint } from "../core/probe.ts";
import { type BedHandler, type ConsumerBed, openConsumerBed } from "../testing/consumer-bed.ts";
import { readConsumerHistory } from "../testing/consumer-history.ts";
import { checkHistory } from "../testing/history/index.ts";
import { stopAt, without } from "../testing/stop-at.ts";
import type { BatchLimits } from "./batch-queues.ts";

const points: readonly ProbePoint[] = [
  "inbox.receive",
  "inbox.dedupe",
  "inbox.handler",
  "inbox.commit",
  "inbox.position",
  "park.insert",
  "park.commit",
  "unpark.claim",
  "unpark.handler",
  "unpark.commit",
  "dead.insert",
  "redrive.flip",
  "redrive.run",
  "outbox.insert",
  "outbox.commit",
  "drain.stop",
  "drain.store",
  "drain.release",
];

function openBed(): Promise<ConsumerBed> {
  return openConsumerBed({
    service: "notifications",
    events: [ProductListedSchema],
    labelOf: (data: ProductListed) => data.name,
    publishes: [NotificationSentSchema],
  });
}

/** Labels ask for what is to happen: `t…` throws once, `l…` waits long once, `d…` is terminal until it was redriven. */
function scriptedHandler(redriven: ReadonlySet<string>): BedHandler {
  const waited = new Set<string>();
  return async ({ attempt, publish, envelope }, label) => {
    if (label.startsWith("t") && attempt === 1) throw new Error("once more");
    if (label.startsWith("d") && !redriven.has(envelope.id)) throw new TerminalError("not before a redrive");
    if (label.startsWith("l") && !waited.has(envelope.id)) {
      waited.add(envelope.id);
      throw new RetryLaterError({ delayMs: 1_500 });
    }
    const channel = NotificationChannel.EMAIL;
    await publish(NotificationSentSchema, { notificationId: envelope.id, userId: "u", channel });
  };
}

const script = ["1", "t2", "3", "l4", "5", "d6", "7", "t8"];

const moody = ["a", "b", "c"];
/** Nothing ever fails here, so that batches of them are committed. */
const calm = ["k", "l", "m", "n", "o", "p"];

async function load(bed: ConsumerBed, calmKeys: readonly string[]): Promise<void> {
  const price = { minorUnits: 1n, currency: "EUR" };
  const events = script.flatMap((name, n) => [
    ...moody.map((productId) => ({ productId, name, price })),
    ...calmKeys.map((productId) => ({ productId, name: `${n}`, price })),
  ]);
  await Promise.all(events.map((event) => bed.publish(ProductListedSchema, event)));
}

async function redriveAll(bed: ConsumerBed, redriven: Set<string>): Promise<void> {
  await bed.relay();
  for (const letter of await bed.stored("dlq-notifications")) {
    const envelope = decodeEnvelope(letter.body);
    redriven.add(envelope.id);
    await bed.store(redriveMessage(letter, envelope));
  }
}

/** How a consumer is run, and on which keys beside the moody ones. */
interface Mode {
  readonly batch?: BatchLimits;
  readonly calmKeys: readonly string[];
}

const modes: Readonly<Record<string, Mode>> = {
  "one by one": { calmKeys: [] },
  "in batches": { batch: { maxEvents: 5, maxWaitMs: 10 }, calmKeys: calm },
};

/** One life of the consumer: until all is done and it has ended in order, or until it dies. */
async function live(
  bed: ConsumerBed,
  { batch, calmKeys }: Mode,
  redriven: Set<string>,
  probe: Probe & { readonly died?: boolean },
): Promise<void> {
  const all = script.length * (moody.length + calmKeys.length);
  const hopeless = moody.length;
  const started = await bed.start({ handler: scriptedHandler(redriven), probe, consumer: { batch } });
  const reached = (count: number) => async () => probe.died === true || (await bed.effects()).length >= count;
  await bed.until(reached(all - hopeless), "what can be handled at once");
  if (!probe.died) await redriveAll(bed, redriven);
  await bed.until(reached(all), "what was redriven");
  let drained = false;
  started.consumer.drain().then(
    () => (drained = true),
    () => {},
  );
  await bed.until(() => probe.died === true || drained, "the end");
  started.kill();
}

describe.each(Object.entries(modes))("a consumer that dies, %s,", (_, mode) => {
  for (const point of points) {
    for (const nth of [1, 4]) {
      it(`after ${point}, time ${nth}, leaves one effect of each event, in order per key`, async () => {
        await using bed = await openBed();
        await load(bed, mode.calmKeys);
        const probe = stopAt(point, nth);
        const redriven = new Set<string>();
        await live(bed, mode, redriven, probe);
        if (probe.died) await live(bed, mode, redriven, without());
        const history = await readConsumerHistory(bed, {
          streams: ["evt-inventory"],
          answers: ["evt-notifications"],
          types: [ProductListedSchema.typeName],
          answersPerEffect: 1,
        });
        expect(history.effects).toHaveLength(script.length * (moody.length + mode.calmKeys.length));
        expect(checkHistory(history)).toEqual([]);
      });
    }
  }
});
