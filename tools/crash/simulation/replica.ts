import type { DescMessage } from "@bufbuild/protobuf";
import type { Consumer } from "../../../sdk/ts/src/consume/consumer.ts";
import { createLogConsumer } from "../../../sdk/ts/src/consume/log-consumer.ts";
import { createRouter, type Router } from "../../../sdk/ts/src/consume/router.ts";
import type { Clock } from "../../../sdk/ts/src/core/clock.ts";
import type { Database, Sql } from "../../../sdk/ts/src/core/database.ts";
import { decodeMessage } from "../../../sdk/ts/src/core/decode-message.ts";
import type { Outbox } from "../../../sdk/ts/src/core/outbox.ts";
import type { PartitionShare } from "../../../sdk/ts/src/core/partition-share.ts";
import { createEventPreparer } from "../../../sdk/ts/src/core/prepare-event.ts";
import type { Stores } from "../../../sdk/ts/src/core/store/stores.ts";
import type { Transport } from "../../../sdk/ts/src/core/transport.ts";
import { createInbox } from "../../../sdk/ts/src/inbox/inbox.ts";
import { createLeasedShare } from "../../../sdk/ts/src/lease/lease-holder.ts";
import { createOutbox } from "../../../sdk/ts/src/outbox/outbox.ts";
import { createRelay, type Relay } from "../../../sdk/ts/src/outbox/relay.ts";
import { createSqliteStores } from "../../../sdk/ts/src/sqlite/index.ts";
import { type Life, liveClock, liveDatabase, liveTransport } from "../../../sdk/ts/src/testing/crash/index.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { answering, witness } from "../witness.ts";
import type { World } from "./world.ts";

/** How the parts of a replica are set; drawn anew for each run. */
export interface ReplicaSettings {
  /** Share partitions by leases, or let every replica do everything. */
  readonly leased: boolean;
  readonly leaseMs: number;
  readonly atomicBatch: boolean;
  readonly concurrency: number;
  readonly parkAboveMs: number;
  /** Runs of a handler that may fail before its event is given up. */
  readonly maxAttempts: number;
}

/** One process that produces, relays and consumes, put together from the real parts. */
export interface Replica {
  readonly life: Life;
  readonly clock: Clock;
  readonly database: Database<Sql, Sql>;
  readonly outboxes: Readonly<Record<"alpha" | "beta", Outbox<Sql>>>;
  /** Ends in order; handlers that take longer than given are aborted. */
  drain(timeoutMs?: number): Promise<void>;
}

/** What a replica is started with. */
export interface ReplicaOptions {
  readonly world: World;
  readonly life: Life;
  /** Unique per process. */
  readonly name: string;
  readonly settings: ReplicaSettings;
  readonly random: SeededRandom;
  /** What its clock is ahead of the world's, in milliseconds. */
  readonly skewMs: number;
}

/** What the parts of one replica share. */
interface ReplicaParts extends ReplicaOptions {
  readonly clock: Clock;
  readonly database: Database<Sql, Sql>;
  readonly transport: Transport;
  readonly stores: Stores<Sql>;
  readonly share: PartitionShare | undefined;
}

/** Starts a replica; what it does on its own goes on until it is drained or dies. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const { world, life, name, settings, random, skewMs } = options;
  const clock = liveClock(life, world.clock, skewMs);
  const { probe } = life;
  const database = liveDatabase(life, world.database, world.clock, { maxIdleMs: 3_000 });
  const stores = createSqliteStores(database, { clock: world.clock, probe });
  const lease = { store: stores.lease, owner: name, ttlMs: settings.leaseMs, clock, probe };
  const share = settings.leased ? createLeasedShare(lease) : undefined;
  const live = liveTransport(life, world.broker);
  const transport = { ...live, features: { ...live.features, atomicBatch: settings.atomicBatch } };
  const parts: ReplicaParts = { ...options, clock, database, transport, stores, share };
  const relay = createRelay({
    ...{ store: stores.outbox, transport, share, clock, probe },
    random: random.fork().next,
    maxAttempts: 3,
    minBatchRows: 2,
    retry: { initialMs: 50, maxMs: 1_000 },
    poll: { minMs: 100, maxMs: 2_000 },
  });
  const outbox = (service: string) => createServiceOutbox(parts, service, relay);
  const consumers = [workerOf(parts, outbox("worker")), auditorOf(parts, outbox("auditor"))];

  const stop = new AbortController();
  const relaying = relay.run(stop.signal);
  for (const consumer of consumers) await consumer.start();
  return {
    life,
    clock,
    database,
    outboxes: { alpha: outbox("alpha"), beta: outbox("beta") },
    async drain(timeoutMs) {
      await Promise.all(consumers.map((consumer) => consumer.drain(timeoutMs)));
      stop.abort();
      await relaying;
    },
  };
}

function createServiceOutbox(parts: ReplicaParts, service: string, relay: Relay): Outbox<Sql> {
  const { world, clock, transport, stores, life } = parts;
  const source = `/proof/${service}`;
  const preparer = createEventPreparer({
    ...{ service, source, clock, contracts: world.contracts, validate: world.validate, probe: life.probe },
    ids: () => world.nextId(source),
    maxPayloadBytes: () => transport.maxPayloadBytes,
  });
  return createOutbox({ store: stores.outbox, preparer, wake: relay.wake, probe: life.probe });
}

function workerOf(parts: ReplicaParts, outbox: Outbox<Sql>): Consumer {
  const { contract } = parts.world;
  const answer = answering(contract.answer, {
    consumer: "worker",
    source: "/proof/worker",
    now: parts.world.clock.now,
  });
  return consumerOf(parts, "worker", outbox, [
    [contract.step, answer],
    [contract.deposit, answer],
  ]);
}

function auditorOf(parts: ReplicaParts, outbox: Outbox<Sql>): Consumer {
  const { contract } = parts.world;
  const nothing = async () => {};
  return consumerOf(parts, "auditor", outbox, [
    [contract.answer, nothing],
    [contract.step, nothing],
  ]);
}

type Route = readonly [DescMessage, Parameters<Router["on"]>[1]];

function consumerOf(parts: ReplicaParts, service: string, outbox: Outbox<Sql>, routes: readonly Route[]): Consumer {
  const { world, life, settings, database, stores, transport, share, clock } = parts;
  const { probe } = life;
  const random = parts.random.fork().next;
  const router = createRouter();
  for (const [schema, handler] of routes) router.on(schema, handler);
  const inbox = createInbox<Sql, Sql>({
    ...{ service, database, stores, outbox, random, probe },
    decode: (message) => decodeMessage(message, router.find),
    parkAboveMs: settings.parkAboveMs,
    handlerTimeoutMs: 2_000,
    retry: { initialMs: 20, maxMs: 500, maxAttempts: settings.maxAttempts },
  });
  return createLogConsumer({
    ...{ service, transport, router, inbox, stores, share, clock, random, probe },
    middlewares: [
      witness({ consumer: service, clock, now: world.clock.now, calls: world.calls, die: () => dieIn(life) }),
    ],
    concurrency: settings.concurrency,
    handlerTimeoutMs: 2_000,
    maxDeliveries: 7,
  });
}

async function dieIn(life: Life): Promise<never> {
  life.kill();
  await life.alive();
  throw new Error("a dead process goes on");
}
