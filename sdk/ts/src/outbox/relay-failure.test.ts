import { describe, expect, it } from "vitest";
import { ConcordError, type ErrorCode } from "../core/error.ts";
import type { LogFields } from "../core/log.ts";
import { silentLog } from "../core/log.ts";
import type { OutgoingMessage } from "../core/message.ts";
import type { FaultPlan } from "../testing/faulty-transport.ts";
import { openRelayBed } from "../testing/relay-bed.ts";
import { without } from "../testing/stop-at.ts";

const bodyOf = (message: OutgoingMessage) => Buffer.from(message.body).toString();

/** Fails every publication that carries this body, as often as told. */
function failOn(body: string, code: ErrorCode, times = Number.POSITIVE_INFINITY): FaultPlan {
  let left = times;
  return (messages) =>
    messages.some((message) => bodyOf(message) === body) && left-- > 0
      ? { when: "before", error: new ConcordError(code, `planned for ${body}`) }
      : undefined;
}

/** Two keys of one partition, so that they share pages and pauses. */
const facts = [
  { key: "poison", body: "p1" },
  { key: "k1", body: "good1" },
  { key: "poison", body: "p2" },
  { key: "k1", body: "good2" },
];

describe("a row that cannot be sent", () => {
  it("is put aside with its cause after its attempts, and only its key waits (T20)", async () => {
    await using bed = await openRelayBed({ faults: failOn("p1", "permission_denied") });
    await bed.commit(...facts);
    const relay = bed.relay({ maxAttempts: 4 });
    await relay.runUntilIdle();
    expect(await bed.bodies()).toEqual(["good1", "good2"]);
    const [row, ...rest] = await bed.stores.outbox.listQuarantined(10);
    expect(rest).toEqual([]);
    expect(row).toMatchObject({ key: "poison", eventId: "p1", cause: "permission_denied: planned for p1" });
    expect(relay.status()).toMatchObject({ quarantined: 1, published: 2 });
  });

  it("is sent before its tail once it is released, and its tail alone once it is dropped", async () => {
    for (const repair of ["release", "drop"] as const) {
      await using bed = await openRelayBed({ faults: failOn("p1", "too_large", 1 + 1) });
      await bed.commit(...facts);
      const relay = bed.relay();
      await relay.runUntilIdle();
      const [row] = await bed.stores.outbox.listQuarantined(10);
      expect(await bed.stores.outbox[repair](row!.id)).toBe(true);
      await relay.runUntilIdle();
      const own = (await bed.bodies()).filter((body) => body.startsWith("p"));
      expect(own).toEqual(repair === "release" ? ["p1", "p2"] : ["p2"]);
    }
  });

  it("is put aside at once when no repetition can help (T17)", async () => {
    await using bed = await openRelayBed({ atomicBatch: false, faults: failOn("p1", "too_large") });
    await bed.commit(...facts);
    const relay = bed.relay();
    await relay.runUntilIdle();
    expect(relay.status()).toMatchObject({ failed: 1, quarantined: 1 });
  });

  it("keeps its attempts over the death of a relay", async () => {
    await using bed = await openRelayBed({ atomicBatch: false, faults: failOn("p1", "permission_denied") });
    await bed.commit({ key: "poison", body: "p1" });
    const stop = new AbortController();
    const first = bed.relay({ maxAttempts: 3 });
    const running = first.run(stop.signal);
    await bed.until(async () => first.status().failed === 2);
    stop.abort();
    await running;
    const second = bed.relay({ maxAttempts: 3 });
    await second.runUntilIdle();
    expect(second.status()).toMatchObject({ failed: 1, quarantined: 1 });
  });

  it("would hold back its whole partition, or let its tail overtake it, without its safeguards", async () => {
    const own = (bodies: readonly string[]) => bodies.filter((body) => body.startsWith("p"));
    await using blocksNone = await openRelayBed({ atomicBatch: false, faults: failOn("p1", "too_large") });
    await blocksNone.commit(...facts);
    await blocksNone.relay({ probe: without("quarantine-blocks-none") }).runUntilIdle();
    expect(own(await blocksNone.bodies())).toEqual(["p2"]);

    await using blocksAll = await openRelayBed({ atomicBatch: false, faults: failOn("p1", "too_large") });
    await blocksAll.commit({ key: "poison", body: "p1" });
    const relay = blocksAll.relay({ probe: without("quarantine-blocks-all") });
    const stop = new AbortController();
    const running = relay.run(stop.signal);
    await blocksAll.until(async () => relay.status().quarantined === 1);
    await blocksAll.commit({ key: "k1", body: "good1" });
    await blocksAll.clock.sleep(600_000);
    stop.abort();
    await running;
    expect(await blocksAll.bodies()).toEqual([]);
  });
});

describe("a row that waits for its next attempt", () => {
  it("holds no place in the window and no other key (T27)", async () => {
    await using bed = await openRelayBed({ atomicBatch: false, faults: failOn("p1", "internal", 3) });
    await bed.commit(...facts);
    const startMs = bed.clock.now();
    const relay = bed.relay({ window: 1 });
    const running = relay.runUntilIdle();
    await bed.until(async () => (await bed.bodies()).includes("good2"));
    expect(bed.clock.now() - startMs).toBeLessThanOrEqual(100);
    await running;
    expect(await bed.bodies()).toEqual(["good1", "good2", "p1", "p2"]);
  });

  it("holds back no other key with a tail longer than a page", async () => {
    await using bed = await openRelayBed({ atomicBatch: false, faults: failOn("p0", "internal") });
    const tail = Array.from({ length: 600 }, (_, index) => ({ key: "poison", body: `p${index}` }));
    await bed.commit(...tail, { key: "k1", body: "good" });
    const stop = new AbortController();
    const relay = bed.relay({ retry: { initialMs: 600_000, maxMs: 600_000 } });
    const running = relay.run(stop.signal);
    await bed.clock.sleep(10_000);
    expect(await bed.bodies()).toEqual(["good"]);
    expect(relay.status().stoppedKeys).toBe(1);
    stop.abort();
    await running;
  });
});

describe("a relay that loses its partition", () => {
  it("sends nothing more of what it has in hand (T31)", async () => {
    const share = new AbortController();
    await using bed = await openRelayBed({
      atomicBatch: false,
      faults: ([message]) => void (bodyOf(message!) === "p2" && share.abort()),
    });
    await bed.commit(...[1, 2, 3, 4].map((n) => ({ key: "poison", body: `p${n}` })));
    const stop = new AbortController();
    const running = bed
      .relay({
        share: ({ onAcquired }) => ({
          run: async () => {
            onAcquired(1, share.signal);
            await bed.clock.sleep(60_000);
            stop.abort();
          },
        }),
      })
      .run(stop.signal);
    await running;
    expect(await bed.bodies()).toEqual(["p1", "p2"]);
    expect(await bed.stores.outbox.status()).toMatchObject({ waiting: 2 });
  });
});

describe("a broker that is away", () => {
  it("makes the relay wait with backoff, count no attempt and send all in order when it is back", async () => {
    let away = true;
    let tries = 0;
    await using bed = await openRelayBed({
      faults: () => {
        if (!away) return undefined;
        tries++;
        return { when: "before", error: new ConcordError("unavailable", "the broker is away") };
      },
    });
    await bed.commit(...facts);
    const warnings: string[] = [];
    const log = { ...silentLog, child: () => log, warn: (_: LogFields, message: string) => warnings.push(message) };
    const running = bed.relay({ log, maxAttempts: 2 }).runUntilIdle();
    await bed.clock.sleep(3_600_000);
    expect(tries).toBeLessThan(400);
    expect(warnings.filter((warning) => warning.startsWith("the broker takes no")).length).toBeLessThanOrEqual(tries);
    away = false;
    await running;
    expect(await bed.stores.outbox.listQuarantined(1)).toEqual([]);
    expect((await bed.bodies()).filter((body) => body.startsWith("p"))).toEqual(["p1", "p2"]);
  });

  it("for longer than its dedupe window costs repetitions, never order, and is warned of (T5)", async () => {
    let away = true;
    await using bed = await openRelayBed({
      dedupeWindowMs: 1_000,
      faults: () => (away ? { when: "after", error: new ConcordError("deadline_exceeded", "no answer") } : undefined),
    });
    await bed.commit({ key: "poison", body: "p1" }, { key: "poison", body: "p2" });
    const warnings: string[] = [];
    const log = { ...silentLog, child: () => log, warn: (_: LogFields, message: string) => warnings.push(message) };
    const running = bed.relay({ log, dedupeWindowMs: 1_000 }).runUntilIdle();
    await bed.clock.sleep(120_000);
    away = false;
    await running;
    const bodies = await bed.bodies();
    expect(bodies.length).toBeGreaterThan(2);
    expect([...new Set(bodies)]).toEqual(["p1", "p2"]);
    expect(warnings).toContainEqual(expect.stringContaining("dedupe window"));
  });
});

describe("a stream that is full", () => {
  it("keeps its rows in the outbox, uncounted, while other streams go on (T16)", async () => {
    await using bed = await openRelayBed({ maxMessages: 2 });
    await bed.commit({ body: "1" }, { body: "2" }, { body: "3" });
    await bed.commit({ body: "4", stream: "cmd-payments" });
    const relay = bed.relay({ maxAttempts: 2 });
    const running = relay.runUntilIdle();
    await bed.until(async () => (await bed.bodies("cmd-payments")).length === 1);
    await bed.clock.sleep(600_000);
    expect(await bed.bodies()).toHaveLength(2);
    expect(relay.status().troubledStreams).toEqual(["evt-orders"]);
    await bed.transport.remove("evt-orders", 1n);
    await running;
    expect(await bed.bodies()).toHaveLength(2);
    expect(relay.status()).toMatchObject({ quarantined: 0, troubledStreams: [] });
  });
});
