import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { startTcpProxy, type TcpProxy } from "../../../../tools/servers/tcp-proxy.ts";
import { isConcordError } from "../core/error.ts";
import { type Log, silentLog } from "../core/log.ts";
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

function message(body: string): OutgoingMessage {
  const bytes = new TextEncoder().encode(body);
  return { stream: stream.name, subject: "evt.lab.0.k.shop.A", messageId: `/lab/${body}`, headers: {}, body: bytes };
}

/** Publishes until it is stored, under the same message id, as a relay does; tells how often it failed. */
async function publishSurely(transport: Transport, one: OutgoingMessage): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      await transport.publish(one, { timeoutMs: 2_000 });
      return failures;
    } catch (thrown) {
      if (!isConcordError(thrown, "unavailable") && !isConcordError(thrown, "deadline_exceeded")) throw thrown;
      await delay(20);
    }
  }
}

async function until(what: string, is: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!is()) {
    if (performance.now() > giveUpAt) throw new Error(`waited too long for ${what}`);
    await delay(10);
  }
}

/** Collects `level message` of every line but debug ones. */
function recordingLog(lines: string[]): Log {
  const write = (level: string) => (_: unknown, text: string) => void lines.push(`${level} ${text}`);
  return { ...silentLog, info: write("info"), warn: write("warn"), error: write("error") };
}

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`the connection to the ${version} nats-server`, () => {
    let server: NatsServer;
    let proxy: TcpProxy;
    const lines: string[] = [];
    const connect = async (url = proxy.through(server.url)) => {
      const transport = await connectNats({ servers: url, log: recordingLog(lines) });
      onTestFinished(() => transport.close());
      return transport;
    };
    beforeEach(async () => {
      lines.length = 0;
      server = await startNatsServer({ version });
      proxy = await startTcpProxy({ port: server.port });
    });
    afterEach(async () => {
      await proxy.stop();
      await server.stop();
    });

    it("stores each of a window once when it is cut in the middle and repeated (T4, P7)", async () => {
      const transport = await connect();
      await transport.provision([stream]);
      // A slow line keeps the whole window on its way, so that acknowledgements are lost too.
      proxy.delay(5);
      const count = 2_000;
      let next = 0;
      let failures = 0;
      const work = async () => {
        while (next < count) {
          if (next % 500 === 250) proxy.cut();
          const failed = await publishSurely(transport, message(String(next++)));
          failures += failed;
        }
      };
      await Promise.all(Array.from({ length: 64 }, work));
      expect(failures).toBeGreaterThan(64);
      expect((await transport.streamState(stream.name))?.messages).toBe(BigInt(count));
    });

    it("fails what waits for an answer at once when the connection is cut", async () => {
      const transport = await connect();
      await transport.provision([stream]);
      proxy.blackhole();
      const publishing = transport.publish(message("1"), { timeoutMs: 30_000 });
      const looking = transport.streamState(stream.name, { timeoutMs: 30_000 });
      await delay(20);
      proxy.refuse();
      await expect(publishing).rejects.toMatchObject({ code: "unavailable" });
      await expect(looking).rejects.toMatchObject({ code: "unavailable" });
      expect(transport.health()).toMatchObject({ healthy: false });
      await expect(transport.publish(message("2"))).rejects.toMatchObject({ code: "unavailable" });
      proxy.heal();
      await until("the connection", () => transport.health().healthy);
      expect(await transport.publish(message("3"))).toMatchObject({ duplicate: false });
    });

    it("gives up waiting for a silent server at the deadline", async () => {
      const transport = await connect();
      await transport.provision([stream]);
      proxy.blackhole();
      const start = performance.now();
      const late = { code: "deadline_exceeded" };
      await Promise.all([
        expect(transport.publish(message("1"), { timeoutMs: 300 })).rejects.toMatchObject(late),
        expect(transport.streamState(stream.name, { timeoutMs: 300 })).rejects.toMatchObject(late),
      ]);
      expect(performance.now() - start).toBeLessThan(600);
      proxy.heal();
    });

    it("cancels what waits for an answer when its signal aborts", async () => {
      const transport = await connect();
      await transport.provision([stream]);
      proxy.blackhole();
      const caller = new AbortController();
      const publishing = transport.publish(message("1"), { signal: caller.signal });
      const looking = transport.streamState(stream.name, { signal: caller.signal });
      caller.abort();
      await expect(publishing).rejects.toMatchObject({ code: "canceled" });
      await expect(looking).rejects.toMatchObject({ code: "canceled" });
      proxy.heal();
    });

    it("ends a reading when the connection is lost, and reads on behind the last message without a gap (N1)", async () => {
      const transport = await connect();
      await transport.provision([stream]);
      const count = 3_000;
      const publishing = (async () => {
        for (let i = 0; i < count; i++) await publishSurely(transport, message(String(i)));
      })();
      const seen: bigint[] = [];
      let sessions = 0;
      while (seen.length < count) {
        sessions++;
        const reading = new AbortController();
        const request = { stream: stream.name, filter: "evt.lab.>", after: seen.at(-1) ?? 0n, signal: reading.signal };
        try {
          for await (const batch of transport.read({ ...request, maxBatch: 50 })) {
            seen.push(...batch.map(({ sequence }) => sequence));
            if (sessions < 4 && seen.length > 400 * sessions) proxy.cut();
            if (seen.length >= count) break;
          }
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: "unavailable" });
          await until("the connection", () => transport.health().healthy);
        }
      }
      await publishing;
      expect(sessions).toBeGreaterThanOrEqual(4);
      expect(seen).toEqual(Array.from({ length: count }, (_, i) => BigInt(i + 1)));
    });

    it("comes back after a restart of the server, consumes on, and says so in one line each way (N1)", async () => {
      const transport = await connect(server.url);
      await transport.provision([stream]);
      const reading = new AbortController();
      const seen: string[] = [];
      const consuming = (async () => {
        const request = { durable: "d", filter: "evt.lab.>", maxAckPending: 10, ackWaitMs: 1_000 };
        for await (const batch of transport.consume({ stream: stream.name, ...request, signal: reading.signal })) {
          for (const delivery of batch) {
            seen.push(new TextDecoder().decode(delivery.body));
            await delivery.ack().catch(() => {});
          }
        }
      })();
      await publishSurely(transport, message("before"));
      await until("the first message", () => seen.includes("before"));
      await server.restart();
      await publishSurely(transport, message("after"));
      await until("the second message", () => seen.includes("after"));
      reading.abort();
      await consuming;
      expect(lines.map((line) => line.replace(/lost;.*/, "lost"))).toEqual([
        "info connected to NATS",
        "warn the connection to NATS is lost",
        "info connected to NATS again",
      ]);
    });

    it("notices a silent network within ten seconds and comes back (N2)", async () => {
      const transport = await connect();
      await transport.provision([stream]);
      proxy.blackhole();
      const start = performance.now();
      await until("the loss to be noticed", () => !transport.health().healthy);
      proxy.heal();
      await until("the connection", () => transport.health().healthy);
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(await transport.publish(message("1"))).toMatchObject({ sequence: 1n });
    });

    it("tells the server's own limit, also while the connection is gone", async () => {
      await using small = await startNatsServer({ version, config: "max_payload: 64KB" });
      const transport = await connect(small.url);
      expect(transport.maxPayloadBytes).toBe(64 * 1024);
      await small.kill();
      await until("the loss to be noticed", () => !transport.health().healthy);
      for (let i = 0; i < 20; i++) {
        await delay(20);
        expect(transport.maxPayloadBytes).toBe(64 * 1024);
      }
    });
  });
}

const newest = await findNatsServer("newest");
describe.skipIf(!newest.available)("connecting to NATS", () => {
  it("waits for a server that is not there yet, with one line", async () => {
    const lines: string[] = [];
    const first = await startNatsServer();
    await first.kill();
    const connecting = connectNats({ servers: first.url, log: recordingLog(lines), connectTimeoutMs: 20_000 });
    await until("a failed attempt", () => lines.length > 0);
    await delay(500);
    await first.restart();
    onTestFinished(() => first.stop());
    await using transport = await connecting;
    expect(transport.health().healthy).toBe(true);
    expect(lines).toEqual(["warn NATS cannot be reached yet; trying again", "info connected to NATS"]);
  });

  it("gives up after the time it was given, and says what to do", async () => {
    const connecting = connectNats({ servers: "nats://127.0.0.1:1", connectTimeoutMs: 300 });
    await expect(connecting).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/127\.0\.0\.1:1 failed: connection refused.*300 ms.*start nats-server/),
    });
  });

  it("stops trying when its signal aborts", async () => {
    const caller = new AbortController();
    const options = { servers: "nats://127.0.0.1:1", connectTimeoutMs: Number.POSITIVE_INFINITY };
    const connecting = connectNats({ ...options, signal: caller.signal });
    setTimeout(() => caller.abort(), 50);
    await expect(connecting).rejects.toMatchObject({ code: "canceled" });
  });

  it("keeps two transports of one process apart (T33)", async () => {
    await using one = await startNatsServer();
    await using other = await startNatsServer();
    await using left = await connectNats({ servers: one.url, name: randomUUID() });
    await using right = await connectNats({ servers: other.url, name: randomUUID() });
    await Promise.all([left.provision([stream]), right.provision([stream])]);
    await Promise.all(["1", "2"].map((body) => left.publish(message(body))));
    await right.publish(message("1"));
    expect((await left.streamState(stream.name))?.messages).toBe(2n);
    expect((await right.streamState(stream.name))?.messages).toBe(1n);
    await left.close();
    expect(right.health().healthy).toBe(true);
    expect(await right.publish(message("2"))).toMatchObject({ sequence: 2n });
  });
});
