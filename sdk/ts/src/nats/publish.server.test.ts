import { setTimeout as delay } from "node:timers/promises";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { startTcpProxy } from "../../../../tools/servers/tcp-proxy.ts";
import type { OutgoingMessage } from "../core/message.ts";
import type { StreamSpec, Transport } from "../core/transport.ts";
import { connectNats } from "./connect-nats.ts";

const stream: StreamSpec = {
  name: "evt-lab",
  subjects: ["evt.lab.>"],
  partitions: 8,
  retentionMs: 3_600_000,
  dedupeWindowMs: 120_000,
};

const message = (id: number, change: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  stream: stream.name,
  subject: "evt.lab.0.k.shop.A",
  messageId: `/lab/${id}`,
  headers: {},
  body: new Uint8Array(10),
  ...change,
});
const batch = (count: number) => Array.from({ length: count }, (_, i) => message(i));

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`publishing to the ${version} nats-server`, () => {
    let server: NatsServer;
    let transport: Transport;
    let client: NatsConnection;
    let manager: JetStreamManager;
    beforeAll(async () => {
      server = await startNatsServer({ version });
      transport = await connectNats({ servers: server.url });
      client = await connect({ servers: server.url });
      manager = await jetstreamManager(client);
    });
    afterAll(async () => {
      await transport?.close();
      await client?.close();
      await server?.stop();
    });
    beforeEach(async () => {
      for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
      await transport.provision([stream]);
    });

    it("says so when another stream keeps the subject", async () => {
      await manager.streams.add({ name: "foreign", subjects: ["evt.other.>"] });
      await expect(transport.publish(message(1, { subject: "evt.other.0.k.shop.A" }))).rejects.toMatchObject({
        code: "stream_conflict",
        message: expect.stringMatching(/stream foreign keeps its subject/),
      });
    });

    it("says so when the stream itself takes only smaller messages", async () => {
      await manager.streams.update(stream.name, { max_msg_size: 100 });
      await expect(transport.publish(message(1, { body: new Uint8Array(200) }))).rejects.toMatchObject({
        code: "too_large",
      });
    });

    it("carries large messages to a reader in order, a few at a time", async () => {
      const body = new Uint8Array(700_000);
      for (let i = 0; i < 30; i++) await transport.publish(message(i, { body: body.fill(i) }));
      const seen: number[] = [];
      const signal = new AbortController().signal;
      for await (const messages of transport.read({ stream: stream.name, filter: ">", after: 0n, signal })) {
        expect(messages.length).toBeLessThan(13);
        seen.push(...messages.map((each) => each.body[699_999]!));
        if (seen.length === 30) break;
        // Time enough for all of them to come, were they asked for.
        if (messages[0]!.sequence === 1n) await delay(500);
      }
      expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i));
    });
  });
}

const newest = await findNatsServer("newest");
describe.skipIf(!newest.available)("publishing atomically to NATS", () => {
  let server: NatsServer;
  let transport: Transport;
  beforeAll(async () => {
    server = await startNatsServer();
    transport = await connectNats({ servers: server.url });
  });
  afterAll(async () => {
    await transport?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    await using client = await connect({ servers: server.url });
    await (await jetstreamManager(client)).streams.delete(stream.name).catch(() => {});
    await transport.provision([stream]);
  });

  it("stores nothing for an empty batch, and one message", async () => {
    expect(await transport.publishAtomically!([])).toEqual([]);
    expect(await transport.publishAtomically!([message(1)])).toEqual([
      { stream: stream.name, sequence: 1n, duplicate: false },
    ]);
  });

  it("takes 1,000 messages and refuses one more", async () => {
    expect((await transport.publishAtomically!(batch(1_000))).at(-1)?.sequence).toBe(1_000n);
    await expect(transport.publishAtomically!(batch(1_001))).rejects.toMatchObject({ code: "invalid_argument" });
    expect((await transport.streamState(stream.name))?.messages).toBe(1_000n);
  });

  it("refuses a batch for two streams before it sends any", async () => {
    const two = [message(1), message(2, { stream: "evt-other" })];
    await expect(transport.publishAtomically!(two)).rejects.toMatchObject({ code: "invalid_argument" });
    expect((await transport.streamState(stream.name))?.messages).toBe(0n);
  });

  it("refuses a stream made before the server could do it, until it is provisioned again", async () => {
    await using client = await connect({ servers: server.url });
    await (await jetstreamManager(client)).streams.update(stream.name, { allow_atomic: false });
    await expect(transport.publishAtomically!(batch(2))).rejects.toMatchObject({ code: "unsupported" });
    expect((await transport.provision([stream])).changes).toEqual([expect.stringContaining("atomic batches")]);
    expect(await transport.publishAtomically!(batch(2))).toHaveLength(2);
  });

  it("stores all or none of each batch when the connection is cut in the middle", async () => {
    await using proxy = await startTcpProxy({ port: server.port });
    await using cut = await connectNats({ servers: proxy.through(server.url) });
    let failures = 0;
    for (let i = 0; i < 40; i++) {
      const messages = Array.from({ length: 25 }, (_, n) => message(n, { messageId: `/lab/${i}/${n}` }));
      const sending = cut.publishAtomically!(messages, { timeoutMs: 1_000 }).catch((thrown) => {
        expect(thrown).toMatchObject({ code: "unavailable" });
        failures++;
      });
      if (i % 4 === 2) {
        await delay(i % 8 === 2 ? 0 : 1);
        proxy.cut();
      }
      await sending;
    }
    expect(failures).toBeGreaterThan(0);
    expect(Number((await transport.streamState(stream.name))!.messages) % 25).toBe(0);
  });
});
