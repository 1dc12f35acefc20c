import type { DescMessage, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { fromBinary } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { createContractReader } from "../core/contract/contract-reader.ts";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import type { Envelope } from "../core/envelope/envelope.ts";
import { ConcordError } from "../core/error.ts";
import type { PublishOptions } from "../core/handler.ts";
import { type Log, silentLog } from "../core/log.ts";
import { createEventPreparer, toOutgoingMessage } from "../core/prepare-event.ts";
import { streamName } from "../core/subject.ts";
import type { Transport } from "../core/transport.ts";
import { createIdGenerator } from "../core/uuid7.ts";
import { openEmbedded } from "../embedded/index.ts";
import { createRpcClient } from "../rpc/index.ts";
import type { RunningService, Service, StartOptions } from "../service/index.ts";
import { openSqlite } from "../sqlite/index.ts";
import { createValidation } from "../validation/validation.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";

type AnyService = Pick<Service<never, never>, "name" | "definition" | "start">;

/** What a test bed is made of. */
export interface TestBedOptions {
  /** The services under test, as they run in production. */
  readonly services: readonly AnyService[];
  /** Where their log lines go. Default: nowhere. */
  readonly log?: Log;
  /** Where their metrics go. Default: OpenTelemetry's global meter. */
  readonly meter?: StartOptions["meter"];
}

/** An event that was published during the test, as its subscribers see it. */
export interface PublishedEvent<Desc extends DescMessage> {
  readonly data: MessageShape<Desc>;
  readonly envelope: Envelope;
}

/** Services that run together in memory, with the real stack on the embedded broker and SQLite. */
export interface TestBed extends AsyncDisposable {
  /** Stands still except in {@link TestBed.settled}, which lets it go on where everybody waits for it. */
  readonly clock: ManualClock;
  readonly transport: Transport;
  /** Publishes an event or sends a command as its owner would. */
  publish<Desc extends DescMessage>(
    schema: Desc,
    init: MessageInitShape<Desc>,
    options?: PublishOptions,
  ): Promise<{ id: string }>;
  /**
   * Resolves when every consequence has happened: nothing waits in an outbox, is being handled or waits for a retry. What
   * waits at the broker for a service without a database is not seen.
   * @throws {ConcordError} `deadline_exceeded` when that is not so after 10 seconds of real time.
   */
  settled(): Promise<void>;
  /** The events and commands of one type that reached the broker, in its order. */
  published<Desc extends DescMessage>(schema: Desc): Promise<readonly PublishedEvent<Desc>[]>;
  /** A client of a service's RPC methods. */
  client<Desc extends DescService>(service: Desc): Client<Desc>;
}

const settleTimeoutMs = 10_000;

/**
 * Starts services in memory for a test: no mocks, no servers, a clock of its own. The services are the objects that
 * `run()` would run.
 */
export async function createTestBed({ services, log = silentLog, meter }: TestBedOptions): Promise<TestBed> {
  await using opening = new AsyncDisposableStack();
  const clock = createManualClock();
  const transport = opening.use(await openEmbedded({ path: ":memory:", clock, log }));
  const running: RunningService[] = [];
  for (const service of services) {
    const database = opening.adopt(openSqlite({ path: ":memory:", durable: false }), (db) => db.close());
    running.push(
      opening.use(
        await service.start({ transport, database, clock, log, config: { port: 0 }, ...(meter && { meter }) }),
      ),
    );
  }
  const reader = createContractReader();
  const opened = opening.move();
  return {
    clock,
    transport,
    publish: (schema, init, options) => publishAs(transport, { schema, init, options, clock }),
    settled: () => settle(running, clock),
    published: (schema) => readAll(transport, schema),
    client(service) {
      const { name } = reader.service(service);
      const url = running.find((candidate) => candidate.name === name)?.url;
      if (!url) throw new ConcordError("not_found", `the test bed runs no service ${name}; add it to "services"`);
      return createRpcClient(service, { url });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Waits in real time while something happens, and lets the clock go on when nothing does. */
async function settle(running: readonly RunningService[], clock: ManualClock): Promise<void> {
  const deadline = performance.now() + settleTimeoutMs;
  for (let quiet = 0; quiet < 3; ) {
    if (performance.now() > deadline) {
      const left = await Promise.all(
        running.map(async (service) => `${service.name} ${JSON.stringify(await service.backlog())}`),
      );
      throw new ConcordError("deadline_exceeded", `the services did not settle: ${left.join(", ")}`);
    }
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    const backlogs = await Promise.all(running.map((service) => service.backlog()));
    const left = backlogs.reduce((sum, { outbox, events }) => sum + outbox + events, 0);
    quiet = left === 0 ? quiet + 1 : 0;
    if (left > 0) clock.advanceToNext();
  }
}

async function publishAs<Desc extends DescMessage>(
  transport: Transport,
  {
    schema,
    init,
    options,
    clock,
  }: { schema: Desc; init: MessageInitShape<Desc>; options?: PublishOptions | undefined; clock: ManualClock },
): Promise<{ id: string }> {
  const contracts = createContractReader();
  const { kind, owner } = contracts.event(schema);
  const preparer = createEventPreparer({
    service: owner,
    source: `/${schema.file.proto.package.split(".")[0]}/${owner}`,
    contracts,
    validate: createValidation(),
    ids: createIdGenerator({ clock, random: Math.random }),
    clock,
    maxPayloadBytes: () => transport.maxPayloadBytes,
  });
  const prepared = preparer.prepare({ verb: kind === "command" ? "send" : "publish", schema, init, options });
  await transport.publish(toOutgoingMessage(prepared));
  return { id: prepared.envelope.id };
}

async function readAll<Desc extends DescMessage>(transport: Transport, schema: Desc): Promise<PublishedEvent<Desc>[]> {
  const { tree, stream: name, type } = createContractReader().event(schema);
  const stream = streamName(tree, name);
  const state = await transport.streamState(stream);
  const events: PublishedEvent<Desc>[] = [];
  for (let sequence = state?.firstSequence ?? 1n; sequence <= (state?.lastSequence ?? 0n); sequence++) {
    const message = await transport.get(stream, sequence);
    const envelope = message && decodeEnvelope(message.body);
    if (envelope?.type !== type) continue;
    events.push({ envelope, data: fromBinary(schema, envelope.data ?? new Uint8Array()) });
  }
  return events;
}
