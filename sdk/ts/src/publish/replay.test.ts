import { ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { expect, it } from "vitest";
import { eventContract } from "../core/contract/event-contract.ts";
import type { StoredMessage } from "../core/message.ts";
import type { Transport } from "../core/transport.ts";
import { openEmbedded } from "../embedded/index.ts";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { findSequenceBefore } from "./find-sequence.ts";
import { type ReplayOptions, type ReplayProgress, replay } from "./replay.ts";

const minuteMs = 60_000;
const type = "shop.inventory.v1.ProductListed";

/** A stream with one event a minute, of two keys by turns, and one of another type at the end. */
async function brokerWith(count: number): Promise<{ transport: Transport; startMs: number }> {
  const clock = createVirtualClock();
  const transport = await openEmbedded({ path: ":memory:", clock });
  const common = { partitions: 8, retentionMs: 1e12, dedupeWindowMs: 120_000 };
  await transport.provision([
    { ...common, name: "evt-inventory", subjects: ["evt.inventory.>"] },
    { ...common, name: "rdr-orders", subjects: ["rdr.orders.>"] },
  ]);
  const startMs = clock.now();
  for (let n = 1; n <= count + 1; n++) {
    const name = n > count ? "shop.inventory.v1.StockReserved" : type;
    const subject = `evt.inventory.${n % 2}.key-${n % 2}.${name}`;
    await transport.publish({
      stream: "evt-inventory",
      subject,
      messageId: `id-${n}`,
      headers: {},
      body: Buffer.of(n),
    });
    await clock.sleep(minuteMs);
  }
  return { transport, startMs };
}

const orders = (transport: Transport, options: Partial<ReplayOptions> = {}) =>
  replay({ transport, service: "orders", events: [eventContract(ProductListedSchema)], ...options });

async function handedOver(transport: Transport): Promise<StoredMessage[]> {
  const state = await transport.streamState("rdr-orders");
  const messages: StoredMessage[] = [];
  for (let sequence = 1n; sequence <= state!.lastSequence; sequence++) {
    messages.push((await transport.get("rdr-orders", sequence))!);
  }
  return messages;
}

const numbers = (messages: readonly StoredMessage[]) => messages.map(({ body }) => body[0]);

it("hands over the asked types of a time range, original bytes under the service's own subjects", async () => {
  const { transport, startMs } = await brokerWith(10);
  const range = { fromMs: startMs + 2 * minuteMs, toMs: startMs + 5 * minuteMs };
  expect(await orders(transport, range)).toEqual({ replayed: 3 });
  const messages = await handedOver(transport);
  expect(numbers(messages)).toEqual([3, 4, 5]);
  expect(messages[0]).toMatchObject({ subject: `rdr.orders.evt.inventory.1.key-1.${type}` });
  expect(messages[0]!.headers).toMatchObject({ "concord-stream": "evt-inventory", "concord-sequence": "3" });
  expect(messages[0]!.headers["concord-redrive"]).toBeUndefined();
  expect(await orders(transport, { fromMs: startMs + 60 * minuteMs })).toEqual({ replayed: 0 });
  await transport.close();
});

it("only counts in a dry run", async () => {
  const { transport } = await brokerWith(4);
  let published = 0;
  const publish: Transport["publish"] = (message, options) => {
    published++;
    return transport.publish(message, options);
  };
  expect(await orders({ ...transport, publish }, { dryRun: true })).toEqual({ replayed: 4 });
  await new Promise(setImmediate);
  expect(published).toBe(0);
  expect(await handedOver(transport)).toEqual([]);
  await transport.close();
});

it("keeps the order of a key when handing over fails, and goes on from where it came to", async () => {
  const { transport } = await brokerWith(9);
  let left = 5;
  const publish: Transport["publish"] = (message, options) => {
    if (left-- > 0 || message.subject.includes("key-0")) return transport.publish(message, options);
    return Promise.reject(new Error("the broker is gone"));
  };
  let progress: ReplayProgress = {};
  const onProgress = (reached: ReplayProgress) => {
    progress = reached;
  };
  await expect(orders({ ...transport, publish }, { onProgress })).rejects.toThrow("the broker is gone");
  await orders(transport, { progress, onProgress });
  const odd = numbers(await handedOver(transport)).filter((n) => n! % 2 === 1);
  expect(odd).toEqual([1, 3, 5, 7, 9]);
  expect(progress).toEqual({ "evt-inventory": 9n });
  expect(await orders(transport, { progress })).toEqual({ replayed: 0 });
  await transport.close();
});

it("sends no event of a key before the one in front of it is with the broker", async () => {
  const { transport } = await brokerWith(6);
  const begun: number[] = [];
  const publish: Transport["publish"] = async (message, options) => {
    const number = message.body[0]!;
    begun.push(number);
    if (number !== 1) return transport.publish(message, options);
    // Those of the other key have their chance before the broker says no.
    while (!begun.includes(6)) await new Promise(setImmediate);
    throw new Error("refused");
  };
  await expect(orders({ ...transport, publish })).rejects.toThrow("refused");
  expect(begun).toEqual([1, 2, 4, 6]);
  await transport.close();
});

it("waits for a broker that says nothing for a while, and takes that for no end", async () => {
  const { transport } = await brokerWith(6);
  let reads = 0;
  async function* read(options: Parameters<Transport["read"]>[0]) {
    const isFirst = reads++ === 0;
    for await (const batch of transport.read(options)) {
      yield isFirst ? batch.slice(0, 2) : batch;
      if (!isFirst) continue;
      // The broker is away until the reader gives up.
      await new Promise((resolve) => options.signal.addEventListener("abort", resolve, { once: true }));
      return;
    }
  }
  expect(await orders({ ...transport, read })).toEqual({ replayed: 6 });
  expect(reads).toBe(2);
  expect(numbers(await handedOver(transport))).toEqual([1, 2, 3, 4, 5, 6]);
  await transport.close();
});

it("numbers a replay that repeats effects, so that the same number sent twice is one request", async () => {
  const { transport } = await brokerWith(1);
  await orders(transport, { again: 7 });
  await orders(transport, { again: 7 });
  await orders(transport, { again: 8 });
  const headers = (await handedOver(transport)).map(({ headers }) => headers);
  expect(headers).toMatchObject([{ "concord-redrive": "7" }, { "concord-redrive": "8", "concord-again": "true" }]);
  await transport.close();
});

it("keeps to its rate", async () => {
  const { transport } = await brokerWith(5);
  const clock = createVirtualClock();
  const startMs = clock.now();
  await orders(transport, { ratePerSecond: 2, clock });
  expect(clock.now() - startMs).toBe(2_500);
  await transport.close();
});

it("finds the place of every moment, also before, behind and between what is stored", async () => {
  const { transport, startMs } = await brokerWith(7);
  await transport.remove("evt-inventory", 3n);
  const state = (await transport.streamState("evt-inventory"))!;
  const found = (minutes: number) => findSequenceBefore(transport, state, startMs + minutes * minuteMs);
  const places = await Promise.all([-1, 0, 0.5, 1, 2, 2.5, 3, 6, 99].map(found));
  expect(places).toEqual([0n, 0n, 1n, 1n, 2n, 2n, 2n, 6n, 8n]);
  await transport.close();
});
