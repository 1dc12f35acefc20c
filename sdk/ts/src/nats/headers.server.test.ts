import { jetstreamManager } from "@nats-io/jetstream";
import { MsgHdrsImpl } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { startNatsServer } from "../../../../tools/servers/nats-server.ts";
import type { Probe } from "../core/probe.ts";
import type { StreamSpec, Transport } from "../core/transport.ts";
import { connectNats } from "./connect-nats.ts";

const stream: StreamSpec = {
  name: "evt-lab",
  subjects: ["evt.lab.>"],
  partitions: 8,
  retentionMs: 3_600_000,
  dedupeWindowMs: 120_000,
};
const subject = "evt.lab.0.k.shop.A";
const body = new TextEncoder().encode("x");

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`headers on the ${version} nats-server, seen by another client`, async () => {
    const withServer = async (run: (bed: Bed) => Promise<void>) => {
      await using server = await startNatsServer({ version });
      await using transport = await connectNats({ servers: server.url });
      await using client = await connect({ servers: server.url });
      await transport.provision([stream]);
      const manager = await jetstreamManager(client);
      await run({
        transport,
        sendLines: async (lines) => {
          await client.request(subject, body, { timeout: 2_000, headers: MsgHdrsImpl.fromRecord(lines) });
        },
        storedNames: async (sequence) => {
          const message = await manager.streams.getMessage(stream.name, { seq: sequence });
          return Object.fromEntries(message!.header);
        },
      });
    };

    it("are exactly the message id in its exact case and what the message carries (T22, F9)", () =>
      withServer(async ({ transport, storedNames }) => {
        const message = { stream: stream.name, subject, messageId: "/lab/1", body };
        await transport.publish({ ...message, headers: { "content-type": "text/plain", traceparent: "00-a" } });
        expect(await storedNames(1)).toEqual({
          "Nats-Msg-Id": ["/lab/1"],
          "content-type": ["text/plain"],
          traceparent: ["00-a"],
        });
      }));

    it("lose repetitions with the fault wrong-header-case, for the server drops by the exact case only (T22)", async () => {
      await using server = await startNatsServer({ version });
      const publishTwice = async (probe?: Probe) => {
        await using transport = await connectNats({ servers: server.url, probe });
        await transport.provision([stream]);
        const message = { stream: stream.name, subject, messageId: `/lab/${probe ? "a" : "b"}`, headers: {}, body };
        return [await transport.publish(message), await transport.publish(message)].map(({ duplicate }) => duplicate);
      };
      expect(await publishTwice()).toEqual([false, true]);
      const fault: Probe = { reach: async () => {}, without: (mutation) => mutation === "wrong-header-case" };
      expect(await publishTwice(fault)).toEqual([false, false]);
    });

    it("never take the broker's own headers over from a message that is forwarded", () =>
      withServer(async ({ transport, storedNames }) => {
        const message = { stream: stream.name, subject, messageId: "/lab/2", body };
        await transport.publish({
          ...message,
          headers: { "nats-msg-id": "/lab/1", "Nats-Rollup": "all", own: "kept" },
        });
        expect(await storedNames(1)).toEqual({ "Nats-Msg-Id": ["/lab/2"], own: ["kept"] });
      }));

    it("are read in any case, trimmed, the last value of a name counts (T25, F9)", () =>
      withServer(async ({ transport, sendLines }) => {
        await sendLines({ "Content-TYPE": ["  first ", " last\t"], TraceParent: ["00-a"] });
        expect((await transport.get(stream.name, 1n))?.headers).toEqual({
          "content-type": "last",
          traceparent: "00-a",
        });
        const signal = new AbortController().signal;
        for await (const [message] of transport.read({ stream: stream.name, filter: ">", after: 0n, signal })) {
          expect(message!.headers).toEqual({ "content-type": "last", traceparent: "00-a" });
          break;
        }
      }));

    it("that no client may send make a message without headers, not a dead reader (Z7)", () =>
      withServer(async ({ transport, sendLines }) => {
        await sendLines({ "a b": ["1"] });
        await sendLines({ fine: ["2"] });
        const signal = new AbortController().signal;
        const seen: unknown[] = [];
        for await (const batch of transport.read({ stream: stream.name, filter: ">", after: 0n, signal })) {
          seen.push(...batch.map((message) => message.headers));
          if (seen.length === 2) break;
        }
        expect(seen).toEqual([{}, { fine: "2" }]);
      }));
  });
}

interface Bed {
  readonly transport: Transport;
  /** Stores a message with these header lines, unchecked. */
  sendLines(lines: Record<string, string[]>): Promise<void>;
  /** The header lines of a stored message. */
  storedNames(sequence: number): Promise<Record<string, string[]>>;
}
