import type { DescMessage, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { fromBinary } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { createContractReader } from "../../core/contract/contract-reader.ts";
import { decodeEnvelope } from "../../core/envelope/decode-envelope.ts";
import type { Envelope } from "../../core/envelope/envelope.ts";
import { ConcordError } from "../../core/error.ts";
import type { PublishOptions } from "../../core/handler.ts";
import { type Log, silentLog } from "../../core/log.ts";
import { createEventPreparer, toOutgoingMessage } from "../../core/prepare-event.ts";
import { streamName } from "../../core/subject.ts";
import type { Transport } from "../../core/transport.ts";
import { createIdGenerator } from "../../core/uuid7.ts";
import { openEmbedded } from "../../embedded/index.ts";
import type { StartOptions } from "../../service/index.ts";
import { createValidation } from "../../validation/validation.ts";
import { type CrashExploration, type CrashPlan, type CrashReport, exploreCrashes } from "../crash/index.ts";
import { checkHistory } from "../history/index.ts";
import { createManualClock, type ManualClock } from "../manual-clock.ts";
import { BrokenPromiseError } from "./broken-promise-error.ts";
import { createDeathExpectation } from "./death-expectation.ts";
import { createFieldRecord, type FieldRecord } from "./field-record.ts";
import { followService } from "./follow-service.ts";
import { readHistory } from "./read-history.ts";
import { readAll } from "./read-stream.ts";
import { type Seat, takeSeat } from "./seat.ts";
import { settle } from "./settle.ts";
import type { TestedService } from "./witness.ts";

/** What a test bed is made of. */
export interface TestBedOptions {
  /** The services under test, as they run in production. */
  readonly services: readonly TestedService[];
  /** Where their log lines go. Default: nowhere. */
  readonly log?: Log;
  /** Where their metrics go. Default: OpenTelemetry's global meter. */
  readonly meter?: StartOptions["meter"];
  /** Where it is noted what handlers read, when several beds are to count together. Default: a record of this bed's own. */
  readonly fields?: FieldRecord;
  /**
   * Asked at each step that a service's process takes towards its database or the broker, with the service's name: whether
   * the process dies there, as by kill -9. Another one is started at once on the same database. Default: never.
   */
  readonly crashWhen?: (service: string) => boolean;
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
   * @throws {ConcordError} `deadline_exceeded` when that is not so after 10 seconds of real time; `invalid_contract` when a
   *   handler has read a field of an event for which its service's contract lists others only. That a listed field was not
   *   read is told by `fields.check()`, in the last test.
   */
  settled(): Promise<void>;
  /** What handlers have read so far of the events that they got, those of {@link TestBed.crashEverywhere} included. */
  readonly fields: FieldRecord;
  /** The events and commands of one type that reached the broker, in its order. */
  published<Desc extends DescMessage>(schema: Desc): Promise<readonly PublishedEvent<Desc>[]>;
  /**
   * A client of a service's RPC methods. It follows the service when its process dies; until the next one runs, calls reject
   * with `unavailable`.
   * @throws {ConcordError} `not_found` for a service that is not of the bed.
   */
  client<Desc extends DescService>(service: Desc): Client<Desc>;
  /**
   * Plays a scenario from the beginning again and again, each time with a service dying at another gap of its work and
   * starting again, and holds each history against the promise: nothing lost, each event with one effect, order per key.
   * Afterwards the bed is as new.
   * @throws {BrokenPromiseError} naming each crash that broke the promise, and how.
   * @throws {ConcordError} `invalid_contract` as {@link TestBed.settled}.
   */
  crashEverywhere(scenario: (bed: TestBed) => Promise<unknown>, options?: CrashOptions): Promise<CrashReport>;
}

/** Which crashes are tried. */
export type CrashOptions = Pick<CrashExploration, "points" | "maxPerPoint" | "signal">;

/** Everything that a bed is while it lives through one scenario. */
interface World extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly transport: Transport;
  readonly seats: readonly Seat[];
}

/**
 * Starts services in memory for a test: no mocks, no servers, a clock of its own. The services are the objects that
 * `run()` would run.
 */
export async function createTestBed(options: TestBedOptions): Promise<TestBed> {
  const reader = createContractReader();
  const fields = options.fields ?? createFieldRecord();
  const watched = { ...options, services: options.services.map(fields.watch) };
  let world = await openWorld(watched);
  const renew = async (plan?: CrashPlan) => {
    await world[Symbol.asyncDispose]();
    world = await openWorld(watched, plan);
  };
  const bed: TestBed = {
    get clock() {
      return world.clock;
    },
    get transport() {
      return world.transport;
    },
    publish: (schema, init, chosen) => publishAs(world, { schema, init, options: chosen }),
    async settled() {
      await settle(world);
      fields.checkReads();
    },
    fields,
    published: (schema) => readPublished(world.transport, schema),
    client(service) {
      const { name } = reader.service(service);
      const seat = () => world.seats.find((each) => each.service.name === name);
      if (!seat()) throw new ConcordError("not_found", `the test bed runs no service ${name}; add it to "services"`);
      return followService(service, () => seat()?.running?.url);
    },
    async crashEverywhere(scenario, chosen) {
      const expectDeaths = createDeathExpectation();
      const run = async (plan: CrashPlan) => {
        await renew(plan);
        await scenario(bed);
        await settle(world);
        return checkHistory(expectDeaths(plan, await readHistory(world.transport, world.seats)));
      };
      const report = await exploreCrashes({ ...chosen, run });
      await renew();
      fields.checkReads();
      if (report.findings.length > 0) throw new BrokenPromiseError(report);
      return report;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
  return bed;
}

async function openWorld(options: TestBedOptions, plan?: CrashPlan): Promise<World> {
  const { services, log = silentLog, meter, crashWhen } = options;
  await using opening = new AsyncDisposableStack();
  const clock = createManualClock();
  const transport = opening.use(await openEmbedded({ path: ":memory:", clock, log }));
  const seats: Seat[] = [];
  for (const service of services) {
    const chance = crashWhen && { accidentAt: () => (crashWhen(service.name) ? ("die" as const) : undefined) };
    const mortal = plan ? { ...plan, witness: true } : chance;
    seats.push(opening.use(await takeSeat(service, { transport, clock, log, mortal, ...(meter && { meter }) })));
  }
  const opened = opening.move();
  return { clock, transport, seats, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function publishAs<Desc extends DescMessage>(
  { transport, clock }: World,
  { schema, init, options }: { schema: Desc; init: MessageInitShape<Desc>; options: PublishOptions | undefined },
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

async function readPublished<Desc extends DescMessage>(
  transport: Transport,
  schema: Desc,
): Promise<PublishedEvent<Desc>[]> {
  const { tree, stream, type } = createContractReader().event(schema);
  const messages = await readAll(transport, streamName(tree, stream));
  const envelopes = messages.map(({ body }) => decodeEnvelope(body)).filter((envelope) => envelope.type === type);
  return envelopes.map((envelope) => ({ envelope, data: fromBinary(schema, envelope.data ?? new Uint8Array()) }));
}
