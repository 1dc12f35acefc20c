import { setTimeout as delay } from "node:timers/promises";
import { AckPolicy, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import type { ConsumeRequest, Delivery, StreamSpec, Transport } from "../core/transport.ts";
import { connectNats } from "./connect-nats.ts";

const stream: StreamSpec = {
  name: "evt-lab",
  subjects: ["evt.lab.>"],
  partitions: 8,
  retentionMs: 3_600_000,
  dedupeWindowMs: 120_000,
};

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`durables on the ${version} nats-server`, () => {
    let server: NatsServer;
    let transport: Transport;
    let manager: JetStreamManager;
    let client: NatsConnection;
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
      await manager.streams.delete(stream.name).catch(() => {});
      await transport.provision([stream]);
    });

    const publish = async (...bodies: string[]) => {
      for (const body of bodies) {
        const bytes = new TextEncoder().encode(body);
        const subject = "evt.lab.0.k.shop.A";
        await transport.publish({ stream: stream.name, subject, messageId: `/lab/${body}`, headers: {}, body: bytes });
      }
    };
    /** Consumes until the test ends; `next` asks for one batch. */
    const consume = (request: Partial<ConsumeRequest> = {}) => {
      const ending = new AbortController();
      onTestFinished(() => ending.abort());
      const warnings: string[] = [];
      const iterator = transport
        .consume({
          stream: stream.name,
          durable: "d",
          filter: "evt.lab.>",
          maxAckPending: 10,
          ackWaitMs: 30_000,
          signal: ending.signal,
          onWarning: (warning) => warnings.push(warning),
          ...request,
        })
        [Symbol.asyncIterator]();
      const next = async () => ((await iterator.next()).value ?? []) as readonly Delivery[];
      return { next, warnings, end: () => ending.abort() };
    };
    const shown = (deliveries: readonly Delivery[]) =>
      deliveries.map((each) => `${new TextDecoder().decode(each.body)}/${each.deliveries}`);

    it("count deliveries without end and leave delays to the SDK (T12, T13)", async () => {
      const consumer = consume();
      await publish("1");
      await consumer.next();
      const { config } = await manager.consumers.info(stream.name, "d");
      expect(config).toMatchObject({
        ack_policy: "explicit",
        deliver_policy: "all",
        max_deliver: -1,
        max_ack_pending: 10,
      });
      expect(config.backoff).toBeUndefined();
    });

    it("made by others with delays and a limit of deliveries are set right (T12, T13)", async () => {
      const second = 1_000_000_000;
      const made = { durable_name: "d", ack_policy: AckPolicy.Explicit, max_deliver: 5, backoff: [second, 2 * second] };
      await manager.consumers.add(stream.name, { ...made, filter_subject: "evt.lab.>" });
      await publish("1");
      await consume().next();
      const { config } = await manager.consumers.info(stream.name, "d");
      expect(config).toMatchObject({ max_deliver: -1, ack_wait: 30 * second });
      expect(config.backoff ?? []).toEqual([]);
    });

    it("of another kind are refused with the way out", async () => {
      await manager.consumers.add(stream.name, { durable_name: "d", ack_policy: AckPolicy.None });
      await expect(consume().next()).rejects.toMatchObject({
        code: "failed_precondition",
        message: expect.stringMatching(/as d failed: .* delete it or rename the service/),
      });
    });

    it("hand nothing out while nobody asks, so that nothing waits in a buffer (T10, Q2)", async () => {
      const [busy, idle] = [consume({ maxAckPending: 20 }), consume({ maxAckPending: 20 })];
      await publish("0");
      expect(shown(await busy.next())).toEqual(["0/1"]);
      await publish("1", "2", "3");
      await delay(300);
      expect((await manager.consumers.info(stream.name, "d")).num_ack_pending).toBe(1);
      const seen: string[] = [];
      while (seen.length < 3) seen.push(...shown(await idle.next()));
      expect(seen).toEqual(["1/1", "2/1", "3/1"]);
    });

    it("keep alive what arrived later than the batch it was asked for with (T10)", async () => {
      const count = 12;
      const body = new Uint8Array(900_000);
      for (let i = 0; i < count; i++) {
        const one = { stream: stream.name, subject: "evt.lab.0.k.shop.A", messageId: `/lab/${i}`, headers: {}, body };
        await transport.publish(one);
      }
      const ackWaitMs = 500;
      const consumer = consume({ maxAckPending: count, ackWaitMs });
      const held = [...(await consumer.next())];
      expect(held.length).toBeLessThan(count);
      for (let passedMs = 0; passedMs < 3 * ackWaitMs; passedMs += 100) {
        await delay(100);
        for (const delivery of held) delivery.extend();
      }
      while (held.length < count) held.push(...(await consumer.next()));
      expect(held.map(({ sequence, deliveries }) => `${sequence}/${deliveries}`)).toEqual(
        held.map((_, i) => `${i + 1}/1`),
      );
    });

    it("withdraw a waiting request when the consumer ends, so that others get the next message at once (T18, Q2)", async () => {
      const leaving = consume();
      const asked = leaving.next();
      await delay(100);
      leaving.end();
      expect(await asked).toEqual([]);
      await publish("1");
      const start = performance.now();
      expect(shown(await consume().next())).toEqual(["1/1"]);
      expect(performance.now() - start).toBeLessThan(1_000);
    });

    it("wait in the server's queue when another's request for more is refused what there is", async () => {
      const [one, other] = [consume({ maxAckPending: 4 }), consume({ maxAckPending: 4 })];
      await publish("1", "2", "3", "4", "5");
      const held = await one.next();
      expect(held).toHaveLength(4);
      const waiting = [other.next()];
      await delay(100);
      waiting.push(one.next());
      await delay(200);
      expect((await manager.consumers.info(stream.name, "d")).num_waiting).toBe(2);
      for (const delivery of held) await delivery.ack();
      await publish("6");
      expect((await Promise.all(waiting)).flatMap(shown).sort()).toEqual(["5/1", "6/1"]);
    });

    it("that were deleted begin anew, with a warning (N3)", async () => {
      const consumer = consume();
      await publish("1");
      await (await consumer.next())[0]!.ack();
      const next = consumer.next();
      await delay(100);
      await manager.consumers.delete(stream.name, "d");
      expect(shown(await next)).toEqual(["1/1"]);
      expect(consumer.warnings).toEqual([expect.stringMatching(/durable d .*deleted.*delivered again/)]);
    });

    it("that were deleted while nobody asked begin anew too (N3)", async () => {
      const consumer = consume();
      await publish("1");
      await (await consumer.next())[0]!.ack();
      await manager.consumers.delete(stream.name, "d");
      expect(shown(await consumer.next())).toEqual(["1/1"]);
      expect(consumer.warnings).toHaveLength(1);
    });

    it("end when their stream is deleted", async () => {
      const consumer = consume();
      await publish("1");
      await consumer.next();
      const next = consumer.next();
      await delay(100);
      await manager.streams.delete(stream.name);
      await expect(next).rejects.toMatchObject({ code: "not_found" });
    });

    it("take the first answer to a delivery and let a second one be", async () => {
      const consumer = consume();
      await publish("1");
      const [first] = await consumer.next();
      await Promise.all([first!.retry(50), first!.ack()]);
      expect(shown(await consumer.next())).toEqual(["1/2"]);
    });
  });
}
