import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Database, Sql } from "../core/database.ts";
import { partitionOf } from "../core/partition.ts";
import { type OutboxEntry, outboxPartitions } from "../core/store/outbox-store.ts";
import type { Stores } from "../core/store/stores.ts";
import type { Transport } from "../core/transport.ts";
import { createLeasedShare } from "../lease/lease-holder.ts";
import { connectNats } from "../nats/index.ts";
import { createPostgresMigrator, createPostgresStores, openPostgres } from "../postgres/index.ts";
import { createRelay, type Relay } from "./relay.ts";

const clock: Clock = systemClock;
let postgres: PostgresServer;
let databases = 0;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres?.stop());

describe.each(["oldest", "newest"] as const)("the relay from PostgreSQL to the %s nats-server", (version) => {
  let nats: NatsServer;
  let transport: Transport;
  let database: Database<Sql, Sql>;
  let stores: Stores<Sql>;
  let stream: string;

  beforeAll(async () => {
    nats = await startNatsServer({ version });
    transport = await connectNats({ servers: nats.url });
  });

  afterAll(async () => {
    await transport?.close();
    await database?.close();
    await nats?.stop();
  });

  it("sends a backlog in the order of each key, in batches where the server has them", async () => {
    await freshOutbox();
    const entries = Array.from({ length: 5_000 }, (_, index) => entry(`k${index % 7}`, index));
    await database.transaction((tx) => stores.outbox.insert(tx, entries));
    const relay = createRelay({ store: stores.outbox, transport });
    await relay.runUntilIdle();
    expect(relay.status()).toMatchObject({ published: 5_000, failed: 0, quarantined: 0 });
    expect(transport.features.atomicBatch).toBe(version === "newest");
    const bodies = await storedBodies();
    for (let key = 0; key < 7; key++) {
      const own = bodies.filter((body) => body.startsWith(`k${key}:`)).map((body) => Number(body.split(":")[1]));
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expect(bodies).toHaveLength(5_000);
  });

  it("skips no row that commits late, and waits for no transaction elsewhere (T1, T2)", async () => {
    await freshOutbox();
    await database.db.query("CREATE TABLE elsewhere (n int)");
    const release = Promise.withResolvers<void>();
    const inserted = Promise.withResolvers<void>();
    const late = database.transaction(async (tx) => {
      await tx.query("INSERT INTO elsewhere VALUES (1)");
      await stores.outbox.insert(tx, [entry("late", 1)]);
      inserted.resolve();
      await release.promise;
    });
    await inserted.promise;
    await database.transaction((tx) => stores.outbox.insert(tx, [entry("early", 2)]));
    const stop = new AbortController();
    const running = createRelay({ store: stores.outbox, transport }).run(stop.signal);
    await until(async () => (await storedBodies()).includes("early:2"));
    expect(await storedBodies()).toEqual(["early:2"]);
    release.resolve();
    await late;
    await until(async () => (await storedBodies()).includes("late:1"));
    stop.abort();
    await running;
  });

  it("shares its partitions with a second relay, and loses nothing when the broker restarts in between", async () => {
    await freshOutbox();
    const stop = new AbortController();
    const relays = ["one", "two"].map((owner) => leasedRelay(owner, stop.signal));
    await until(async () => relays.every(({ relay }) => relay.status().partitions === outboxPartitions / 2));
    let sent = 0;
    for (const restart of [false, true, false]) {
      const entries = Array.from({ length: 500 }, () => entry(`k${sent % 11}`, sent++));
      await database.transaction((tx) => stores.outbox.insert(tx, entries));
      for (const { relay } of relays) relay.wake();
      if (restart) await nats.restart();
    }
    await until(async () => (await stores.outbox.status()).waiting === 0);
    stop.abort();
    await Promise.all(relays.map(({ running }) => running));
    const first = [...new Set(await storedBodies())];
    expect(first).toHaveLength(sent);
    for (let key = 0; key < 11; key++) {
      const own = first.filter((body) => body.startsWith(`k${key}:`)).map((body) => Number(body.split(":")[1]));
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });

  async function freshOutbox(): Promise<void> {
    await database?.close();
    const name = `relay_${++databases}`;
    database = openPostgres(await postgres.createDatabase(name));
    await createPostgresMigrator(database).migrate();
    stores = createPostgresStores(database);
    stream = `evt-s${databases}`;
    const limits = { partitions: 1, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
    await transport.provision([{ name: stream, subjects: [`evt.s${databases}.>`], ...limits }]);
  }

  function leasedRelay(owner: string, signal: AbortSignal): { relay: Relay; running: Promise<void> } {
    const share = createLeasedShare({ store: stores.lease, owner, ttlMs: 2_000 });
    const relay = createRelay({ store: stores.outbox, transport, share, retry: { initialMs: 50, maxMs: 500 } });
    return { relay, running: relay.run(signal) };
  }

  function entry(key: string, n: number): OutboxEntry {
    return {
      partition: partitionOf(key, outboxPartitions),
      key,
      stream,
      subject: `evt.${stream.slice(4)}.0.${key}.test.v1.Fact`,
      messageId: `/test/${stream}/${n}`,
      headers: {},
      type: "test.v1.Fact",
      eventId: String(n),
      head: Buffer.from(`${key}:${n}`),
    };
  }

  async function storedBodies(): Promise<string[]> {
    const state = await transport.streamState(stream);
    const bodies: string[] = [];
    if (!state || state.messages === 0n) return bodies;
    const signal = new AbortController();
    for await (const batch of transport.read({
      stream,
      filter: `evt.${stream.slice(4)}.>`,
      after: 0n,
      signal: signal.signal,
    })) {
      bodies.push(...batch.map(({ body }) => Buffer.from(body).toString()));
      if (batch.at(-1)!.sequence >= state.lastSequence) break;
    }
    signal.abort();
    return bodies;
  }
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = clock.now() + 30_000;
  while (!(await isTrue())) {
    if (clock.now() > deadlineMs) throw new Error("it did not become true within 30 s");
    await clock.sleep(20);
  }
}
