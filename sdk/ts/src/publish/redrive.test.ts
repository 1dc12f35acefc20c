import { describe, expect, it } from "vitest";
import { deadLetterMessage } from "../core/dead-letter.ts";
import { encodeEnvelope } from "../core/envelope/encode-envelope.ts";
import type { StoredMessage } from "../core/message.ts";
import type { Transport } from "../core/transport.ts";
import { openEmbedded } from "../embedded/index.ts";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { listDeadLetters, type StoredDeadLetter } from "./list-dead-letters.ts";
import { redrive } from "./redrive.ts";

const service = "inventory";
const clock = () => createVirtualClock();

async function brokerWith(count: number): Promise<Transport> {
  const transport = await openEmbedded({ path: ":memory:" });
  const common = { partitions: 1, retentionMs: 1e12, dedupeWindowMs: 120_000 };
  await transport.provision([
    { ...common, name: "dlq-inventory", subjects: ["dlq.inventory.>"] },
    { ...common, name: "rdr-inventory", subjects: ["rdr.inventory.>"] },
  ]);
  for (let n = 1; n <= count; n++) await transport.publish(letterOf(eventOf(n), 0));
  return transport;
}

function eventOf(n: number, keyToken = "_"): StoredMessage {
  const envelope = { id: `id-${n}`, source: "/shop/orders", type: "shop.orders.v1.OrderCreated", attributes: {} };
  return {
    stream: "evt-orders",
    sequence: BigInt(n),
    subject: `evt.orders.0.${keyToken}.shop.orders.v1.${n % 2 ? "OrderCreated" : "OrderCancelled"}`,
    headers: { "content-type": "application/vnd.concord.envelope.v1+protobuf" },
    body: encodeEnvelope(envelope),
    storedAtMs: 0,
  };
}

function letterOf(message: StoredMessage, redrives: number) {
  return deadLetterMessage({ service, message, reason: "exhausted", error: "internal", attempts: 5, redrives });
}

async function collect(letters: AsyncIterable<StoredDeadLetter>): Promise<StoredDeadLetter[]> {
  const all: StoredDeadLetter[] = [];
  for await (const letter of letters) all.push(letter);
  return all;
}

async function sequencesOf(transport: Transport): Promise<bigint[]> {
  const letters = await collect(listDeadLetters({ transport, service }));
  return letters.map(({ letter }) => letter.sequence);
}

async function redrivenIds(transport: Transport): Promise<string[]> {
  const state = await transport.streamState("rdr-inventory");
  const ids: string[] = [];
  for (let sequence = 1n; sequence <= state!.lastSequence; sequence++) {
    const message = await transport.get("rdr-inventory", sequence);
    ids.push(`${message!.headers["concord-redrive"]} ${message!.headers["concord-sequence"]}`);
  }
  return ids;
}

describe("listing dead letters", () => {
  it("gives the oldest first with their verdicts, all or those asked for", async () => {
    await using transport = await brokerWith(5);
    expect(await sequencesOf(transport)).toEqual([1n, 2n, 3n, 4n, 5n]);
    const where = ({ type }: { type: string | undefined }) => type === "shop.orders.v1.OrderCancelled";
    const some = await collect(listDeadLetters({ transport, service, where }));
    expect(some.map(({ letter }) => letter.originalSequence)).toEqual([2n, 4n]);
    const [one] = await collect(listDeadLetters({ transport, service, sequence: 3n }));
    expect(one!.letter).toMatchObject({ reason: "exhausted", attempts: 5, originalSequence: 3n });
  });

  it("ends for a service without any, and where the newest were removed", async () => {
    await using transport = await brokerWith(3);
    expect(await collect(listDeadLetters({ transport, service: "nobody" }))).toEqual([]);
    await transport.remove("dlq-inventory", 3n);
    expect(await sequencesOf(transport)).toEqual([1n, 2n]);
    await transport.remove("dlq-inventory", 1n);
    await transport.remove("dlq-inventory", 2n);
    expect(await sequencesOf(transport)).toEqual([]);
  });

  it("leaves out what is no dead letter", async () => {
    await using transport = await brokerWith(1);
    const stray = { stream: "dlq-inventory", subject: "dlq.inventory.stray", messageId: "x", headers: {} };
    await transport.publish({ ...stray, body: new Uint8Array() });
    expect(await sequencesOf(transport)).toEqual([1n]);
  });
});

describe("redriving", () => {
  it("sends dead letters back in order with their next number, and takes them away", async () => {
    await using transport = await brokerWith(3);
    expect(await redrive({ transport, service })).toEqual({ redriven: 3 });
    expect(await redrivenIds(transport)).toEqual(["1 1", "1 2", "1 3"]);
    expect(await sequencesOf(transport)).toEqual([]);
  });

  it("is not swallowed by the dedupe window when the event fails and is redriven again (T6)", async () => {
    await using transport = await brokerWith(1);
    await redrive({ transport, service });
    const again = await transport.get("rdr-inventory", 1n);
    await transport.publish(letterOf(again!, 1));
    await redrive({ transport, service });
    expect(await redrivenIds(transport)).toEqual(["1 1", "2 1"]);
  });

  it("changes nothing in a dry run", async () => {
    await using transport = await brokerWith(3);
    const seen: bigint[] = [];
    const onProgress = ({ sequence }: { sequence: bigint }) => seen.push(sequence);
    expect(await redrive({ transport, service, dryRun: true, onProgress })).toEqual({ redriven: 3 });
    expect(seen).toEqual([1n, 2n, 3n]);
    expect(await sequencesOf(transport)).toHaveLength(3);
  });

  it("goes on after it died between send and removal, and sends nothing twice", async () => {
    await using transport = await brokerWith(3);
    const remove = async (stream: string, sequence: bigint) => {
      if (sequence === 2n) throw new Error("died");
      await transport.remove(stream, sequence);
    };
    await expect(redrive({ transport: { ...transport, remove }, service })).rejects.toThrow("died");
    await redrive({ transport, service });
    expect(await sequencesOf(transport)).toEqual([]);
    expect((await redrivenIds(transport)).sort()).toEqual(["1 1", "1 2", "1 3"]);
  });

  it("sends no letter of a key before the one in front of it is with the broker", async () => {
    await using transport = await brokerWith(0);
    for (const n of [1, 2, 3]) await transport.publish(letterOf(eventOf(n, n === 2 ? "other" : "one"), 0));
    const begun: (string | undefined)[] = [];
    const publish: Transport["publish"] = async (message, options) => {
      begun.push(message.headers["concord-sequence"]);
      if (!message.subject.includes(".one.")) return transport.publish(message, options);
      // Others have their chance before the broker says no.
      while (!begun.includes("2")) await new Promise(setImmediate);
      throw new Error("refused");
    };
    await expect(redrive({ transport: { ...transport, publish }, service })).rejects.toThrow("refused");
    expect(begun).toEqual(["1", "2"]);
    expect(await redrivenIds(transport)).not.toContain("1 3");
    expect(await sequencesOf(transport)).toEqual(expect.arrayContaining([1n, 3n]));
  });

  it("keeps to its rate and stops when told", async () => {
    await using transport = await brokerWith(5);
    const time = clock();
    const startMs = time.now();
    await redrive({ transport, service, ratePerSecond: 2, clock: time, where: ({ sequence }) => sequence <= 3n });
    expect(time.now() - startMs).toBe(1_000);
    const stop = new AbortController();
    const slowly = { ratePerSecond: 2, clock: time };
    const stopped = redrive({ transport, service, ...slowly, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toThrow();
    expect(await sequencesOf(transport)).toEqual([5n]);
  });

  it("leaves alone what fails again while it runs", async () => {
    await using transport = await brokerWith(2);
    const publish: Transport["publish"] = async (message, options) => {
      const ack = await transport.publish(message, options);
      const failed = await transport.get("rdr-inventory", ack.sequence);
      await transport.publish(letterOf(failed!, 1));
      return ack;
    };
    expect(await redrive({ transport: { ...transport, publish }, service })).toEqual({ redriven: 2 });
    expect(await sequencesOf(transport)).toEqual([3n, 4n]);
  });
});
