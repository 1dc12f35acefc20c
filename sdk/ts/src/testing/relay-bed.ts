import type { Database, Sql } from "../core/database.ts";
import type { OutgoingMessage, PublishAck, StoredMessage } from "../core/message.ts";
import { partitionOf } from "../core/partition.ts";
import { type OutboxEntry, type OutboxStore, outboxPartitions } from "../core/store/outbox-store.ts";
import type { Stores } from "../core/store/stores.ts";
import type { Transport } from "../core/transport.ts";
import { openEmbedded } from "../embedded/index.ts";
import { createRelay, type Relay, type RelayOptions } from "../outbox/relay.ts";
import { createSqliteMigrator, createSqliteStores, openSqlite } from "../sqlite/index.ts";
import { type FaultPlan, withFaults } from "./faulty-transport.ts";
import { createVirtualClock } from "./virtual-clock.ts";

/** How a bed for relays is laid out. */
export interface RelayBedOptions {
  /** Default: the broker's own, true. */
  readonly atomicBatch?: boolean;
  readonly faults?: FaultPlan;
  /** Dedupe window of the streams, in milliseconds. Default 120,000. */
  readonly dedupeWindowMs?: number;
  readonly maxMessages?: number;
}

/** One thing to commit: which key, and a body that tells it apart. */
export interface Fact {
  readonly key?: string | undefined;
  readonly body: string;
  /** Default `evt-orders`. */
  readonly stream?: string;
}

/** An outbox and a broker in memory, the real ones, with time that does not pass by itself. */
export interface RelayBed extends AsyncDisposable {
  readonly database: Database<Sql, Sql>;
  readonly stores: Stores<Sql>;
  readonly transport: Transport;
  readonly clock: ReturnType<typeof createVirtualClock>;
  /** Stores facts in the outbox, all in one transaction. */
  commit(...facts: readonly Fact[]): Promise<readonly bigint[]>;
  /** Stores facts in the outbox with a transaction of the caller. */
  commitWithin(tx: Sql, ...facts: readonly Fact[]): Promise<readonly bigint[]>;
  /** A store that does not show the rows of some bodies until told, as if their transactions were still open. */
  hide(...bodies: readonly string[]): { readonly store: OutboxStore<Sql>; show(): void };
  /** Resolves when something has become true, in the bed's own time; rejects after an hour of it. */
  until(isTrue: () => Promise<boolean>): Promise<void>;
  relay(options?: Partial<RelayOptions>): Relay;
  /** Bodies in the order in which the broker stored them, over all streams, repetitions that it dropped left out. */
  readonly order: readonly string[];
  /** What one stream keeps, in its order. */
  stored(stream?: string): Promise<readonly StoredMessage[]>;
  /** Bodies of {@link stored}. */
  bodies(stream?: string): Promise<readonly string[]>;
}

/** The streams of every bed. */
const streams = ["evt-orders", "cmd-payments"] as const;

/** Opens a bed with the streams `evt-orders` and `cmd-payments`. */
export async function openRelayBed(options: RelayBedOptions = {}): Promise<RelayBed> {
  const clock = createVirtualClock();
  const database = openSqlite({ path: ":memory:", durable: false });
  await createSqliteMigrator(database).migrate();
  const stores = createSqliteStores(database, { clock });
  const broker = await openEmbedded({ path: ":memory:", clock });
  await broker.provision(streams.map((name) => streamSpec(name, options)));
  const order: string[] = [];
  const faulty = withFaults(recording(broker, order), options.faults ?? (() => undefined));
  const transport: Transport = {
    ...faulty,
    features: { ...broker.features, atomicBatch: options.atomicBatch ?? true },
  };

  const stored = async (stream = "evt-orders") => {
    const state = await broker.streamState(stream);
    const messages: StoredMessage[] = [];
    for (let sequence = 1n; sequence <= (state?.lastSequence ?? 0n); sequence++) {
      const message = await broker.get(stream, sequence);
      if (message) messages.push(message);
    }
    return messages;
  };

  return {
    database,
    stores,
    transport,
    clock,
    stored,
    order,
    commit: (...facts) => database.transaction((tx) => stores.outbox.insert(tx, facts.map(toEntry))),
    commitWithin: (tx, ...facts) => stores.outbox.insert(tx, facts.map(toEntry)),
    hide: (...bodies) => hideRows(stores.outbox, bodies),
    async until(isTrue) {
      for (let waitedMs = 0; waitedMs < 3_600_000; waitedMs += 100) {
        if (await isTrue()) return;
        await clock.sleep(100);
      }
      throw new Error("it did not become true within an hour");
    },
    relay: (relayOptions) =>
      createRelay({ store: stores.outbox, transport, clock, random: () => 0.5, minBatchRows: 2, ...relayOptions }),
    bodies: async (stream) => (await stored(stream)).map(({ body }) => Buffer.from(body).toString()),
    [Symbol.asyncDispose]: async () => {
      await broker.close();
      await database.close();
    },
  };
}

/** Notes what the broker stored, also where the answer is then lost. */
function recording(broker: Transport, order: string[]): Transport {
  const note = ({ body }: OutgoingMessage, { duplicate }: PublishAck) => {
    if (!duplicate) order.push(Buffer.from(body).toString());
  };
  return {
    ...broker,
    publish: async (message, options) => {
      const ack = await broker.publish(message, options);
      note(message, ack);
      return ack;
    },
    publishAtomically: async (messages, options) => {
      const acks = await broker.publishAtomically!(messages, options);
      for (const [index, message] of messages.entries()) note(message, acks[index]!);
      return acks;
    },
  };
}

function hideRows(store: OutboxStore<Sql>, bodies: readonly string[]): ReturnType<RelayBed["hide"]> {
  const hidden = new Set(bodies);
  const read: OutboxStore["read"] = async (...values) =>
    (await store.read(...values)).filter(({ body }) => !hidden.has(Buffer.from(body).toString()));
  const pendingPartitions = async () => {
    const pending = await store.pendingPartitions();
    const rows = await Promise.all(pending.map((partition) => read(partition, 1_000)));
    return pending.filter((_, index) => rows[index]!.length > 0);
  };
  return { store: { ...store, read, pendingPartitions }, show: () => hidden.clear() };
}

function toEntry({ key, body, stream = "evt-orders" }: Fact): OutboxEntry {
  const tree = stream.startsWith("cmd") ? "cmd" : "evt";
  return {
    partition: partitionOf(key ?? body, outboxPartitions),
    key,
    stream,
    subject: `${tree}.${stream.slice(4)}.0.${key ?? "_"}.test.v1.Fact`,
    messageId: `/test/${body}`,
    headers: {},
    type: "test.v1.Fact",
    eventId: body,
    head: Buffer.from(body),
  };
}

function streamSpec(name: string, { dedupeWindowMs = 120_000, maxMessages }: RelayBedOptions) {
  const [tree, ...rest] = name.split("-");
  return {
    name,
    subjects: [`${tree}.${rest.join("-")}.>`],
    partitions: 1,
    retentionMs: 86_400_000,
    dedupeWindowMs,
    ...(maxMessages !== undefined && { maxMessages }),
  };
}
