import { setTimeout as delay } from "node:timers/promises";
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { startNatsCluster } from "../../../../tools/servers/nats-cluster.ts";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import type { StreamSpec, Transport } from "../core/transport.ts";
import { connectNats } from "./connect-nats.ts";

const spec: StreamSpec = {
  name: "evt-orders",
  subjects: ["evt.orders.>"],
  partitions: 8,
  retentionMs: 3_600_000,
  dedupeWindowMs: 120_000,
};

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`streams on the ${version} nats-server`, () => {
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
      await client?.close();
      await transport?.close();
      await server?.stop();
    });
    beforeEach(async () => {
      for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
    });
    const refusal = (wanted: StreamSpec) => transport.provision([wanted]).catch((thrown: unknown) => thrown);
    const configOf = async () => (await manager.streams.info(spec.name)).config;

    it("are made as every SDK makes them (G1, T16)", async () => {
      await transport.provision([spec]);
      expect(await configOf()).toMatchObject({
        name: "evt-orders",
        description: "concord partitions=8",
        subjects: ["evt.orders.>"],
        retention: "limits",
        storage: "file",
        discard: "new",
        max_age: 3_600_000_000_000,
        duplicate_window: 120_000_000_000,
        max_bytes: -1,
        max_msgs: -1,
        max_msg_size: -1,
        num_replicas: 1,
        ...(version === "newest" ? { allow_atomic: true } : {}),
      });
    });

    it("that others made are refused and left alone", async () => {
      const before = { name: spec.name, subjects: ["evt.orders.>"], retention: RetentionPolicy.Workqueue };
      await manager.streams.add({ ...before });
      expect(await refusal(spec)).toMatchObject({
        code: "stream_conflict",
        message: expect.stringMatching(/evt-orders .*belongs to others; use a namespace/),
      });
      expect(await configOf()).toMatchObject(before);
    });

    it("kept in memory or by interest are refused with the way out", async () => {
      const made = { name: spec.name, subjects: [...spec.subjects], description: "concord partitions=8" };
      await manager.streams.add({ ...made, storage: StorageType.Memory });
      expect(await refusal(spec)).toMatchObject({
        code: "stream_conflict",
        message: expect.stringMatching(/storage "memory".*drain the stream, remove it/),
      });
    });

    it("that drop old messages when full refuse new ones from now on (T16)", async () => {
      const made = { name: spec.name, subjects: [...spec.subjects], description: "concord partitions=8" };
      await manager.streams.add({ ...made, discard: DiscardPolicy.Old, max_age: spec.retentionMs * 1_000_000 });
      const { changes } = await transport.provision([spec]);
      expect(changes).toContainEqual(expect.stringContaining("refuses new messages instead of dropping old ones"));
      expect((await configOf()).discard).toBe("new");
    });

    it("get new subjects and keep those that the contract no longer names, with a warning", async () => {
      await transport.provision([{ ...spec, subjects: ["evt.orders.0.>", "evt.orders.1.>"] }]);
      const report = await transport.provision([{ ...spec, subjects: ["evt.orders.1.>", "evt.orders.2.>"] }]);
      expect(report.changes).toEqual([expect.stringContaining("evt.orders.2.>")]);
      expect(report.warnings).toEqual([expect.stringContaining("evt.orders.0.>")]);
      expect((await configOf()).subjects).toEqual(["evt.orders.0.>", "evt.orders.1.>", "evt.orders.2.>"]);
    });

    it("keep what an operator set and Concord does not know", async () => {
      await transport.provision([spec]);
      await manager.streams.update(spec.name, { max_msg_size: 1_000_000 });
      await transport.provision([{ ...spec, retentionMs: 2 * spec.retentionMs }]);
      expect(await configOf()).toMatchObject({ max_msg_size: 1_000_000, max_age: 7_200_000_000_000 });
    });

    it("keep the largest dedupe window, never longer than the retention", async () => {
      await transport.provision([{ ...spec, retentionMs: 60_000 }]);
      expect((await configOf()).duplicate_window).toBe(60_000_000_000);
      expect((await transport.provision([spec])).changes).toHaveLength(2);
      const { warnings } = await transport.provision([{ ...spec, dedupeWindowMs: 1_000 }]);
      expect(warnings).toEqual([expect.stringContaining("the dedupe window stays 120000 ms")]);
    });

    it("with replicas that one server cannot keep are refused, not shrunk", async () => {
      expect(await refusal({ ...spec, replicas: 3 })).toMatchObject({
        code: "failed_precondition",
        message: expect.stringMatching(/ask for one replica/),
      });
      await expect(manager.streams.info(spec.name)).rejects.toThrow("stream not found");
    });

    it("made by two processes at once in two sizes end up as the larger one (G6)", async () => {
      await using other = await connectNats({ servers: server.url });
      const larger = { ...spec, retentionMs: 2 * spec.retentionMs };
      await Promise.all([transport.provision([spec]), other.provision([larger]), transport.provision([spec])]);
      await other.provision([larger]);
      expect((await configOf()).max_age).toBe(7_200_000_000_000);
    });
  });
}

const newest = await findNatsServer("newest");
describe.skipIf(!newest.available)("streams on a cluster", () => {
  it("get three replicas when the contract does not say, and go on without one server", async () => {
    await using cluster = await startNatsCluster(3);
    await using transport = await connectNats({ servers: cluster.urls });
    expect((await transport.provision([spec])).changes).toEqual([expect.stringContaining("3 replica")]);
    const publish = async (id: number) => {
      const subject = "evt.orders.0.k.shop.A";
      const one = { stream: spec.name, subject, messageId: `/a/${id}`, headers: {}, body: new Uint8Array() };
      for (;;) {
        try {
          return await transport.publish(one, { timeoutMs: 1_000 });
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: expect.stringMatching(/^(unavailable|deadline_exceeded)$/) });
          await delay(50);
        }
      }
    };
    await publish(1);
    await cluster.servers[0]!.kill();
    await publish(2);
    expect(await transport.streamState(spec.name)).toMatchObject({ messages: 2n });
    // Without a majority nothing is stored and every refusal may pass: publish() fails for any other code.
    await cluster.servers[1]!.kill();
    const third = publish(3);
    await delay(1_000);
    await Promise.all([cluster.servers[0]!.restart(), cluster.servers[1]!.restart()]);
    await third;
    expect(await transport.streamState(spec.name)).toMatchObject({ messages: 3n });
  });
});
