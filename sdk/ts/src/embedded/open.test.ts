import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import type { Transport } from "../core/transport.ts";
import { transportCompliance } from "../testing/compliance/transport.ts";
import { openEmbedded } from "./open.ts";

const features = { atomicBatch: true, shared: false };

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "concord-embedded-"));
});
afterAll(() => rm(folder, { recursive: true }));

const paths = new WeakMap<object, string>();
const openFile = async (path = join(folder, `${++files}.db`)) => {
  const transport = await openEmbedded({ path });
  paths.set(transport, path);
  return transport;
};

transportCompliance({
  name: "embedded, in a file",
  features,
  open: () => openFile(),
  reopen: async (transport) => {
    await transport.close();
    return openFile(paths.get(transport));
  },
});

transportCompliance({
  name: "embedded, in memory",
  features,
  open: () => openEmbedded({ path: ":memory:" }),
});

const stream = { name: "evt-a", subjects: ["evt.a.>"], partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
const message = (messageId: string) => {
  return { stream: stream.name, subject: "evt.a.0.k.A", messageId, headers: {}, body: Buffer.from(messageId) };
};

describe("embedded transports", () => {
  it("on two files in one process know nothing of each other (T33)", async () => {
    await using one = await openFile();
    await using other = await openFile();
    for (const transport of [one, other]) await transport.provision([stream]);
    const ending = new AbortController();
    const request = { stream: stream.name, filter: "evt.a.>", after: 0n, signal: ending.signal };
    const reading = other.read(request)[Symbol.asyncIterator]().next();
    expect(await one.publish(message("1"))).toMatchObject({ sequence: 1n, duplicate: false });
    expect(await other.streamState(stream.name)).toMatchObject({ messages: 0n });
    ending.abort();
    expect(await reading).toMatchObject({ done: true });
    expect(await other.publish(message("1"))).toMatchObject({ sequence: 1n, duplicate: false });
    await one.close();
    expect(other.health()).toMatchObject({ healthy: true });
  });

  it("in memory know nothing of each other either (T33)", async () => {
    await using one = await openEmbedded({ path: ":memory:" });
    await using other = await openEmbedded({ path: ":memory:" });
    await one.provision([stream]);
    expect(await other.streamState(stream.name)).toBeUndefined();
  });

  it("deliver at once, when they are opened again, what the last process had in hand, but not what waits for a retry", async () => {
    const path = join(folder, "in-hand.db");
    const consume = (transport: Transport) => {
      const signal = new AbortController().signal;
      const request = {
        stream: stream.name,
        durable: "d",
        filter: "evt.a.>",
        maxAckPending: 10,
        ackWaitMs: 3_600_000,
        signal,
      };
      return transport.consume(request)[Symbol.asyncIterator]();
    };
    const first = await openEmbedded({ path });
    await first.provision([stream]);
    await Promise.all(["1", "2"].map((id) => first.publish(message(id))));
    const [waiting] = (await consume(first).next()).value;
    await waiting.retry(3_600_000);
    await first.close();
    await using again = await openEmbedded({ path });
    const { value } = await consume(again).next();
    expect(value).toMatchObject([{ sequence: 2n, deliveries: 2 }]);
  });

  it("refuse a batch for two streams", async () => {
    await using transport = await openEmbedded({ path: ":memory:" });
    await transport.provision([stream, { ...stream, name: "evt-b", subjects: ["evt.b.>"] }]);
    const other = { ...message("2"), stream: "evt-b", subject: "evt.b.0.k.A" };
    const publishing = transport.publishAtomically!([message("1"), other]);
    await expect(publishing).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("take messages again when the retention has made room in a full stream", async () => {
    let nowMs = 1_000_000;
    const clock = { ...systemClock, now: () => nowMs };
    await using transport = await openEmbedded({ path: ":memory:", clock });
    await transport.provision([{ ...stream, maxMessages: 1 }]);
    await transport.publish(message("1"));
    await expect(transport.publish(message("2"))).rejects.toMatchObject({ code: "resource_exhausted" });
    nowMs += stream.retentionMs;
    expect(await transport.publish(message("2"))).toMatchObject({ sequence: 2n });
  });

  it("delete a large backlog in parts, so that other work gets its turn", async () => {
    let nowMs = 1_000_000;
    const clock = { ...systemClock, now: () => nowMs };
    await using transport = await openEmbedded({ path: ":memory:", clock });
    await transport.provision([stream]);
    await Promise.all(Array.from({ length: 2_500 }, (_, i) => transport.publish(message(String(i)))));
    nowMs += stream.retentionMs;
    const left: bigint[] = [];
    for (let turn = 0; turn < 10 && left.at(-1) !== 0n; turn++) {
      left.push((await transport.streamState(stream.name))!.messages);
    }
    expect(left).toEqual([1_500n, 500n, 0n]);
  });
});
