import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { createLogConsumer, type LogConsumerOptions } from "../consume/log-consumer.ts";
import { validate } from "../consume/middleware/validate.ts";
import { createRouter } from "../consume/router.ts";
import type { Clock } from "../core/clock.ts";
import { createContractReader } from "../core/contract/contract-reader.ts";
import type { Database, Dialect, Sql } from "../core/database.ts";
import { readDeadLetter } from "../core/dead-letter.ts";
import { decodeMessage } from "../core/decode-message.ts";
import type { HandlerContext, PublishOptions } from "../core/handler.ts";
import type { OutgoingMessage, StoredMessage } from "../core/message.ts";
import { createEventPreparer, toOutgoingMessage } from "../core/prepare-event.ts";
import type { Probe } from "../core/probe.ts";
import type { Migrator, Stores } from "../core/store/stores.ts";
import { streamName, streamSubjects } from "../core/subject.ts";
import type { Transport } from "../core/transport.ts";
import { createIdGenerator } from "../core/uuid7.ts";
import { openEmbedded } from "../embedded/index.ts";
import { createInbox, type InboxOptions } from "../inbox/inbox.ts";
import { createOutbox } from "../outbox/outbox.ts";
import { createRelay } from "../outbox/relay.ts";
import { createSqliteMigrator, createSqliteStores, openSqlite } from "../sqlite/index.ts";
import { createValidation } from "../validation/validation.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createVirtualClock } from "./virtual-clock.ts";

/** How a bed for consumers is laid out. */
export interface ConsumerBedOptions {
  /** The events whose streams the bed makes. */
  readonly events: readonly DescMessage[];
  /** Events that handlers publish, whose streams the bed makes too. */
  readonly publishes?: readonly DescMessage[] | undefined;
  /** The consuming service. */
  readonly service: string;
  /** What the effect of an event is known by in tests. */
  readonly labelOf: (data: never) => string;
  /** Seed of all chance in the bed. Default 1. */
  readonly seed?: number | undefined;
  /** Default: SQLite. A server needs the machine's clock too: the virtual one would not wait for it. */
  readonly openDatabase?: (() => Promise<BedDatabase>) | undefined;
  /** Default: a virtual clock. */
  readonly clock?: Clock | undefined;
}

/** A service's own database, empty. */
export interface BedDatabase {
  readonly database: Database<Sql, Sql>;
  readonly migrator: Migrator;
  storesOn(database: Database<Sql, Sql>, probe: Probe | undefined): Stores<Sql>;
}

/** What happened to one event, as the handler's own transaction wrote it down. */
export interface BedEffect {
  readonly key: string | undefined;
  readonly eventId: string;
  readonly source: string;
  readonly sequence: bigint | undefined;
  readonly attempt: number;
  readonly label: string;
}

/** A handler that leaves its mark in the table of effects. */
export type BedHandler = (context: HandlerContext<DescMessage, Sql, Sql>, label: string) => Promise<void> | void;

/** How one consumer of the bed behaves. */
export interface BedConsumerOptions {
  /** Runs before the effect is written. Default: nothing. */
  readonly handler?: BedHandler | undefined;
  readonly inbox?: Partial<InboxOptions<Sql, Sql>> | undefined;
  readonly consumer?: Partial<LogConsumerOptions> | undefined;
  readonly probe?: Probe | undefined;
}

/** A consumer that runs, as a process would. */
export interface BedConsumer {
  readonly consumer: ReturnType<typeof createLogConsumer>;
  /** Ends it as kill -9 would: nothing of it goes on, nothing is stored. */
  kill(): void;
}

/** One service's consumer on the real stores and the embedded broker, with time that does not pass by itself. */
export interface ConsumerBed extends AsyncDisposable {
  readonly database: Database<Sql, Sql>;
  readonly stores: Stores<Sql>;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly service: string;
  /** Stores an event in its stream as its owner would, without an outbox. */
  publish<Desc extends DescMessage>(
    schema: Desc,
    init: MessageInitShape<Desc>,
    options?: PublishOptions & { readonly source?: string },
  ): Promise<StoredMessage>;
  /** Stores any message. */
  store(message: OutgoingMessage): Promise<StoredMessage>;
  /** Starts a consumer of all events of the bed. */
  start(options?: BedConsumerOptions): Promise<BedConsumer>;
  /** Sends what waits in the outbox. */
  relay(): Promise<void>;
  effects(): Promise<readonly BedEffect[]>;
  /** Labels of the effects, per key in their order. */
  labels(key?: string): Promise<readonly string[]>;
  /** All messages of a stream. */
  stored(stream: string): Promise<readonly StoredMessage[]>;
  /** Reasons of the dead letters that are in the broker or on their way. */
  deadLetters(): Promise<readonly { readonly reason: string; readonly error: string; readonly attempts: number }[]>;
  /** Resolves when there are as many effects. */
  handled(count: number): Promise<void>;
  /** Events that wait in the database. */
  parked(): Promise<number>;
  /** The positions stored for a stream. */
  positions(stream: string): Promise<readonly bigint[]>;
  /** Resolves when something has become true, in the bed's own time; rejects after an hour of it. */
  until(isTrue: () => Promise<boolean> | boolean, what?: string): Promise<void>;
}

const numbered = { sqlite: "INTEGER PRIMARY KEY", postgres: "BIGSERIAL PRIMARY KEY" };

function effectTable(dialect: Dialect): string {
  return `CREATE TABLE effect (n ${numbered[dialect]}, consumer TEXT, key TEXT, event_id TEXT, source TEXT,
    sequence BIGINT, attempt INTEGER, label TEXT)`;
}

/** Opens a bed with the streams of its events, and those of the service's dead letters and redrives. */
export async function openConsumerBed(options: ConsumerBedOptions): Promise<ConsumerBed> {
  const { events, publishes = [], service, labelOf, seed = 1 } = options;
  const clock = options.clock ?? createVirtualClock();
  const random = createSeededRandom(seed).next;
  const opened = await (options.openDatabase ?? (() => openSqliteDatabase(clock)))();
  const { database } = opened;
  await opened.migrator.migrate();
  await database.query(database.db, effectTable(database.dialect));
  const transport = await openEmbedded({ path: ":memory:", clock });
  const contracts = createContractReader();
  await transport.provision(streamsOf([...events, ...publishes].map(contracts.event), service));
  const ids = createIdGenerator({ clock, random });
  const check = createValidation();
  const preparerOf = (owner: string, source: string) =>
    createEventPreparer({
      service: owner,
      source,
      contracts,
      validate: check,
      ids,
      clock,
      maxPayloadBytes: () => transport.maxPayloadBytes,
    });
  const relaying = opened.storesOn(database, undefined);
  const consumers: BedConsumer[] = [];

  const bed: ConsumerBed = {
    database,
    stores: relaying,
    transport,
    clock,
    random,
    service,
    async publish(schema, init, { source, ...chosen } = {}) {
      const contract = contracts.event(schema);
      const verb = contract.kind === "command" ? "send" : "publish";
      const preparer = preparerOf(contract.owner, source ?? `/test/${contract.owner}`);
      return bed.store(toOutgoingMessage(preparer.prepare({ verb, schema, init, options: chosen })));
    },
    async store(message) {
      const { sequence } = await transport.publish(message);
      return (await transport.get(message.stream, sequence))!;
    },
    async start(chosen = {}) {
      const started = await startConsumer(bed, { events, labelOf, outboxOf, opened }, chosen);
      consumers.push(started);
      return started;
    },
    relay: () => createRelay({ store: relaying.outbox as Stores["outbox"], transport, clock, random }).runUntilIdle(),
    effects: () => readEffects(database),
    async labels(key) {
      const effects = await readEffects(database);
      return effects.filter((effect) => key === undefined || effect.key === key).map(({ label }) => label);
    },
    stored: (stream) => readStream(transport, stream),
    async deadLetters() {
      await bed.relay();
      return (await readStream(transport, streamName("dlq", service))).map(readDeadLetter);
    },
    handled: (count) => bed.until(async () => (await bed.labels()).length >= count, `${count} effects`),
    parked: async () => (await database.query(database.db, "SELECT 1 FROM concord_parked")).length,
    async positions(stream) {
      const cursors = await relaying.cursor.list(service);
      return cursors.filter((cursor) => cursor.stream === stream).map(({ sequence }) => sequence);
    },
    async until(isTrue, what = "it") {
      for (let waitedMs = 0; waitedMs < 3_600_000; waitedMs += 100) {
        if (await isTrue()) return;
        await clock.sleep(100);
      }
      throw new Error(`${what} did not become true within an hour`);
    },
    async [Symbol.asyncDispose]() {
      for (const started of consumers) started.kill();
      await transport.close();
      await database.close();
    },
  };
  return bed;

  function outboxOf(stores: Stores<Sql>, probe: Probe | undefined) {
    return createOutbox({ store: stores.outbox, preparer: preparerOf(service, `/test/${service}`), probe });
  }
}

async function openSqliteDatabase(clock: Clock): Promise<BedDatabase> {
  const database = openSqlite({ path: ":memory:", durable: false });
  return {
    database,
    migrator: createSqliteMigrator(database),
    storesOn: (through, probe) => createSqliteStores(through, { clock, probe }),
  };
}

interface Wiring {
  readonly opened: BedDatabase;
  readonly events: readonly DescMessage[];
  readonly labelOf: (data: never) => string;
  readonly outboxOf: (stores: Stores<Sql>, probe: Probe | undefined) => InboxOptions<Sql, Sql>["outbox"];
}

async function startConsumer(
  bed: ConsumerBed,
  { events, labelOf, outboxOf, opened }: Wiring,
  { handler, inbox: inboxOptions, consumer: consumerOptions, probe: given }: BedConsumerOptions,
): Promise<BedConsumer> {
  const { clock, random, service, transport } = bed;
  const death = new AbortController();
  const database = mortal(bed.database, death.signal);
  const probe = given && fatal(given, death);
  const stores = opened.storesOn(database, probe);
  const router = createRouter();
  for (const schema of events) router.on(schema, withEffect(service, labelOf, handler));
  const inbox = createInbox<Sql, Sql>({
    service,
    database,
    stores,
    outbox: outboxOf(stores, probe),
    decode: (message) => decodeMessage(message, router.find),
    random,
    probe,
    ...inboxOptions,
  });
  const consumer = createLogConsumer({
    service,
    transport: mortalReads(transport, death.signal),
    router,
    middlewares: [validate(createValidation())],
    inbox,
    stores: stores as unknown as Stores,
    clock,
    random,
    probe,
    ...consumerOptions,
  });
  await consumer.start();
  return { consumer, kill: () => death.abort(new Error("killed")) };
}

function withEffect(service: string, labelOf: (data: never) => string, handler: BedHandler | undefined) {
  return async (context: HandlerContext<DescMessage, Sql, Sql>) => {
    const { data, envelope, tx, attempt } = context;
    const label = labelOf(data as never);
    await handler?.(context, label);
    await tx.query(
      `INSERT INTO effect (consumer, key, event_id, source, sequence, attempt, label) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [service, envelope.key ?? null, envelope.id, envelope.source, envelope.sequence ?? null, attempt, label],
    );
  };
}

/** A database that a dead process cannot use any more: what it had open is rolled back, what it still asks for hangs. */
function mortal(database: Database<Sql, Sql>, death: AbortSignal): Database<Sql, Sql> {
  const never = new Promise<never>(() => {});
  const guard = (sql: Sql): Sql => ({ query: (...values) => (death.aborted ? never : sql.query(...values)) });
  return {
    ...database,
    db: guard(database.db),
    query: (handle, ...values) => (death.aborted ? never : database.query(handle, ...values)),
    async transaction(run, options) {
      if (death.aborted) return never;
      try {
        return await database.transaction(
          async (tx) => {
            const result = await run(tx);
            death.throwIfAborted();
            return result;
          },
          { ...options, signal: options?.signal ? AbortSignal.any([options.signal, death]) : death },
        );
      } catch (error) {
        return death.aborted ? never : Promise.reject(error);
      }
    },
  };
}

function mortalReads(transport: Transport, death: AbortSignal): Transport {
  return {
    ...transport,
    async *read(request) {
      const signal = AbortSignal.any([request.signal, death]);
      for await (const batch of transport.read({ ...request, signal })) {
        if (death.aborted) return;
        yield batch;
      }
    },
  };
}

/** Death at a point is death of the whole process. */
function fatal(probe: Probe, death: AbortController): Probe {
  return {
    without: (mutation) => probe.without(mutation),
    async reach(point) {
      try {
        await probe.reach(point);
      } catch (error) {
        death.abort(error);
        throw error;
      }
    },
  };
}

function streamsOf(contracts: readonly { tree: "evt" | "cmd"; stream: string; partitions: number }[], service: string) {
  const own = (["dlq", "rdr"] as const).map((tree) => ({ tree, stream: service, partitions: 1 }));
  const unique = new Map([...contracts, ...own].map((each) => [`${each.tree}.${each.stream}`, each]));
  return [...unique.values()].map(({ tree, stream, partitions }) => ({
    name: streamName(tree, stream),
    subjects: [streamSubjects(tree, stream)],
    partitions,
    retentionMs: 30 * 86_400_000,
    dedupeWindowMs: 120_000,
  }));
}

async function readEffects(database: Database<Sql, Sql>): Promise<readonly BedEffect[]> {
  const rows = await database.query<Record<string, never>>(database.db, "SELECT * FROM effect ORDER BY n");
  return rows.map((row) => ({
    key: row.key ?? undefined,
    eventId: row.event_id!,
    source: row.source!,
    sequence: row.sequence === null ? undefined : BigInt(row.sequence!),
    attempt: row.attempt!,
    label: row.label!,
  }));
}

async function readStream(transport: Transport, stream: string): Promise<readonly StoredMessage[]> {
  const state = await transport.streamState(stream);
  const messages: StoredMessage[] = [];
  for (let sequence = 1n; sequence <= (state?.lastSequence ?? 0n); sequence++) {
    const message = await transport.get(stream, sequence);
    if (message) messages.push(message);
  }
  return messages;
}
