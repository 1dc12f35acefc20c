import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import type { Database, Sql } from "../sdk/ts/src/core/database.ts";
import { partitionOf } from "../sdk/ts/src/core/partition.ts";
import { type OutboxEntry, outboxPartitions } from "../sdk/ts/src/core/store/outbox-store.ts";
import type { Stores } from "../sdk/ts/src/core/store/stores.ts";
import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { connectNats } from "../sdk/ts/src/nats/index.ts";
import { createRelay, type RelayOptions } from "../sdk/ts/src/outbox/relay.ts";
import { createPostgresMigrator, createPostgresStores, openPostgres } from "../sdk/ts/src/postgres/index.ts";
import { startNatsServer } from "../tools/servers/nats-server.ts";
import { startPostgres } from "../tools/servers/postgres.ts";
import type { Bench, Measurement } from "./bench.ts";

const count = Number(process.env.CONCORD_TEST_ROWS ?? 100_000);
const keys = 1_000;
/** Publications under way at once, on both sides. */
const window = 256;
const body = new Uint8Array(512).fill(7);
const ownHeaders = {
  "content-type": "application/vnd.concord.envelope.v1+protobuf",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};

interface Surroundings {
  readonly database: Database<Sql, Sql>;
  readonly stores: Stores<Sql>;
  readonly transport: Transport;
  readonly client: NatsConnection;
  readonly jetstream: JetStreamClient;
}

/** The relay from PostgreSQL to JetStream against the bare client publishing the same messages. */
export const bench: Bench = createBench();

function createBench(): Bench {
  let surroundings: Surroundings | undefined;
  return {
    title: `Relay PostgreSQL → JetStream ÷ bare windowed publish, ${count.toLocaleString("en")} rows of 512 B, ${keys} keys`,
    goals: {
      "relay ÷ bare": { atLeast: 0.9 },
      "relay, atomic batches ÷ bare": { atLeast: 1.3 },
      "relay, one by one": { atLeast: 20_000 },
      "commit → acknowledgement p50 − bare": { atMost: 1 },
      "commit → acknowledgement p99": { atMost: 10 },
      "idle CPU": { atMost: 2 },
    },
    async setUp() {
      const [nats, postgres] = [await startNatsServer(), await startPostgres()];
      const database = openPostgres(await postgres.createDatabase("bench"));
      await createPostgresMigrator(database).migrate();
      const transport = await connectNats({ servers: nats.url });
      const client = await connect({ servers: nats.url });
      surroundings = {
        database,
        transport,
        client,
        stores: createPostgresStores(database),
        jetstream: jetstream(client),
      };
      const limits = { partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
      await transport.provision(
        ["bare", "sdk"].map((name) => ({ name: `evt-${name}`, subjects: [`evt.${name}.>`], ...limits })),
      );
      return {
        [Symbol.asyncDispose]: async () => {
          await Promise.all([transport.close(), client.close(), database.close()]);
          await Promise.all([nats.stop(), postgres.stop()]);
        },
      };
    },
    async measure({ index }) {
      const bare = await perSecond(() => publishBare(surroundings!, index));
      const single = await relayAll(surroundings!, `${index}s`, false);
      const batched = await relayAll(surroundings!, `${index}b`, true);
      return [
        { name: "bare publish", value: bare, unit: "messages/s" },
        { name: "relay, one by one", value: single, unit: "messages/s" },
        { name: "relay, atomic batches", value: batched, unit: "messages/s" },
        { name: "relay ÷ bare", value: single / bare, unit: "×" },
        { name: "relay, atomic batches ÷ bare", value: batched / bare, unit: "×" },
        ...(await measureLatency(surroundings!, index)),
        await measureIdle(surroundings!),
      ];
    },
  };
}

async function perSecond(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return (count / (performance.now() - start)) * 1_000;
}

/** Keeps so many publications under way, in no order: what one writes by hand. */
async function publishBare({ jetstream }: Surroundings, round: number): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await publishOneBare(jetstream, `${round}/${next++}`);
  };
  await Promise.all(Array.from({ length: window }, work));
}

async function publishOneBare(client: JetStreamClient, id: string): Promise<void> {
  const lines = headers();
  for (const [name, value] of Object.entries(ownHeaders)) lines.set(name, value);
  await client.publish("evt.bare.0.k", body, { msgID: `/bench/${id}`, headers: lines });
}

async function relayAll({ database, stores, transport }: Surroundings, round: string, atomicBatch: boolean) {
  for (let first = 0; first < count; first += 1_000) {
    const entries = Array.from({ length: 1_000 }, (_, index) => entryOf(`${round}/${first + index}`, first + index));
    await database.transaction((tx) => stores.outbox.insert(tx, entries));
  }
  await database.db.query("ANALYZE concord_outbox");
  const features = { ...transport.features, atomicBatch };
  const relay = createRelay({ store: stores.outbox, transport: { ...publisherOf(transport), features }, window });
  return perSecond(() => relay.runUntilIdle());
}

function publisherOf(transport: Transport): RelayOptions["transport"] {
  return {
    features: transport.features,
    publish: (message, options) => transport.publish(message, options),
    publishAtomically: (messages, options) => transport.publishAtomically!(messages, options),
  };
}

function entryOf(id: string, index: number): OutboxEntry {
  const key = `k${index % keys}`;
  return {
    partition: partitionOf(key, outboxPartitions),
    key,
    stream: "evt-sdk",
    subject: `evt.sdk.${partitionOf(key, 8)}.${key}.bench.v1.Event`,
    messageId: `/bench/${id}`,
    headers: ownHeaders,
    type: "bench.v1.Event",
    eventId: id,
    head: body,
  };
}

const perSecondOfLatency = 500;
const latencySamples = 1_000;

/** Both at 500 a second: from the commit, or from the call of the bare client, to the broker's acknowledgement. */
async function measureLatency(surroundings: Surroundings, round: number): Promise<Measurement[]> {
  const bare = await paced(async (index) => {
    const start = performance.now();
    await publishOneBare(surroundings.jetstream, `latency/${round}/${index}`);
    return performance.now() - start;
  });
  const relayed = await relayedLatencies(surroundings, round);
  return [
    { name: "bare publish p50", value: quantile(bare, 0.5), unit: "ms" },
    { name: "commit → acknowledgement p50", value: quantile(relayed, 0.5), unit: "ms" },
    { name: "commit → acknowledgement p50 − bare", value: quantile(relayed, 0.5) - quantile(bare, 0.5), unit: "ms" },
    { name: "commit → acknowledgement p99", value: quantile(relayed, 0.99), unit: "ms" },
  ];
}

async function relayedLatencies({ database, stores, transport }: Surroundings, round: number): Promise<number[]> {
  const acknowledged = new Map<string, (atMs: number) => void>();
  const timed: RelayOptions["transport"] = {
    features: transport.features,
    publish: async (message, options) => {
      const ack = await transport.publish(message, options);
      acknowledged.get(message.messageId)?.(performance.now());
      return ack;
    },
    publishAtomically: async (messages, options) => {
      const acks = await transport.publishAtomically!(messages, options);
      for (const { messageId } of messages) acknowledged.get(messageId)?.(performance.now());
      return acks;
    },
  };
  const stop = new AbortController();
  const relay = createRelay({ store: stores.outbox, transport: timed, window });
  const running = relay.run(stop.signal);
  const latencies = await paced(async (index) => {
    const entry = entryOf(`latency/${round}/${index}`, index);
    const ack = new Promise<number>((resolve) => acknowledged.set(entry.messageId, resolve));
    await database.transaction((tx) => stores.outbox.insert(tx, [entry]));
    const committedAtMs = performance.now();
    relay.wake([entry.partition]);
    return (await ack) - committedAtMs;
  });
  stop.abort();
  await running;
  return latencies;
}

/** Starts one run after the other at a steady pace, whether or not the earlier ones have ended. */
async function paced(run: (index: number) => Promise<number>): Promise<number[]> {
  const start = performance.now();
  const runs: Promise<number>[] = [];
  while (runs.length < latencySamples) {
    const due = ((performance.now() - start) / 1_000) * perSecondOfLatency;
    while (runs.length < Math.min(due, latencySamples)) runs.push(run(runs.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Promise.all(runs);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]!;
}

const idleMs = 3_000;

async function measureIdle({ stores, transport }: Surroundings): Promise<Measurement> {
  const stop = new AbortController();
  const running = createRelay({ store: stores.outbox, transport }).run(stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const { user, system } = process.cpuUsage(before);
  stop.abort();
  await running;
  return { name: "idle CPU", value: ((user + system) / 1_000 / idleMs) * 100, unit: "%" };
}
