import { describe, expect, it } from "vitest";
import type { ConsumerStatus } from "../consume/consumer.ts";
import type { RelayStatus } from "../outbox/relay.ts";
import type { Engine } from "./engine.ts";
import { checkReadiness } from "./readiness.ts";
import type { Storage } from "./storage.ts";

const reading: ConsumerStatus = {
  streams: [{ stream: "evt-orders", partitions: [0, 1], paused: [], unread: 4, unfinished: 1 }],
  lag: 5,
  parked: 2,
  running: 1,
  started: true,
};

function check(status: () => Promise<ConsumerStatus>) {
  const health = () => ({ healthy: true, detail: "" });
  const engine = { health, consumer: { status } } as unknown as Engine;
  return checkReadiness({ storage: undefined, engine, relay: undefined, draining: false });
}

describe("readiness", () => {
  it("tells how far the consumer is behind, which alone is no reason to send no calls", async () => {
    expect(await check(async () => reading)).toEqual({
      ready: true,
      checks: {
        broker: { healthy: true, detail: "" },
        consumer: { healthy: true, detail: "5 messages behind at most; 2 events wait in the database" },
      },
    });
  });

  it("names what is not read because too many of its events wait", async () => {
    const streams = [{ ...reading.streams[0]!, paused: [1] }];
    const { ready, checks } = await check(async () => ({ ...reading, streams }));
    expect(ready).toBe(true);
    expect(checks.consumer?.detail).toContain("evt-orders is not read in 1 partitions");
  });

  it.each([
    [{ pausedMs: 0, troubledStreams: ["evt-orders"] }, "evt-orders take no messages; the outbox keeps them"],
    [{ pausedMs: 500, troubledStreams: [] }, "the broker takes no messages; the outbox keeps them"],
  ])("is not given while the broker takes no messages: %j", async (trouble, detail) => {
    const relay = { status: () => trouble as unknown as RelayStatus };
    const { ready, checks } = await checkReadiness({ storage: undefined, engine: undefined, relay, draining: false });
    expect([ready, checks.relay]).toEqual([false, { healthy: false, detail }]);
  });

  it("is not given while the database does not answer", async () => {
    const database = { dialect: "postgres", ping: () => Promise.reject(new Error("secret")) };
    const storage = { database } as unknown as Storage;
    const { ready, checks } = await checkReadiness({ storage, engine: undefined, relay: undefined, draining: false });
    expect([ready, checks.database]).toEqual([false, { healthy: false, detail: "postgres does not answer" }]);
  });

  it("is not given while nothing is consumed", async () => {
    const { ready, checks } = await check(async () => ({ ...reading, started: false }));
    expect([ready, checks.consumer]).toEqual([false, { healthy: false, detail: "not consuming" }]);
  });

  it("is not given when the consumer's state cannot be told", async () => {
    const { ready, checks } = await check(() => Promise.reject(new Error("secret")));
    expect([ready, checks.consumer?.healthy]).toEqual([false, false]);
    expect(checks.consumer?.detail).not.toContain("secret");
  });
});
