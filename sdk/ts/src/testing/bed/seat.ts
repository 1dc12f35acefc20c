import { eventContract } from "../../core/contract/event-contract.ts";
import type { Database, Sql } from "../../core/database.ts";
import type { Log } from "../../core/log.ts";
import { parseSubject } from "../../core/subject.ts";
import type { Transport } from "../../core/transport.ts";
import type { RunningService, StartOptions } from "../../service/index.ts";
import { openSqlite } from "../../sqlite/index.ts";
import { type CrashPlan, createLife, liveClock, liveDatabase, liveTransport } from "../crash/index.ts";
import type { ManualClock } from "../manual-clock.ts";
import { readLast } from "./read-stream.ts";
import { type TestedService, witnessed } from "./witness.ts";

/** How processes come to die. */
export interface Mortal extends Pick<CrashPlan, "accidentAt"> {
  /** Whether handlers leave marks by which their effects are known. */
  readonly witness?: boolean;
}

/** What all services of a bed share. */
export interface SeatOptions {
  readonly transport: Transport;
  readonly clock: ManualClock;
  readonly log: Log;
  readonly meter?: StartOptions["meter"];
  /** When processes die; absent when none does. */
  readonly mortal?: Mortal | undefined;
}

/** One service of a bed: its database, which outlives its processes, and the process that runs now. */
export interface Seat extends AsyncDisposable {
  readonly service: TestedService;
  readonly database: Database<Sql, Sql>;
  /** Undefined while it starts again after its death. */
  readonly running: RunningService | undefined;
  /** How much is left to do, at least; never 0 while it starts again. */
  remaining(): Promise<number>;
}

/**
 * The leases of a dead process end one by one, and until the last one has, the next process does not see what waits in the
 * partitions that it does not hold: 10 seconds of the clock, and a heartbeat.
 */
const takeoverMs = 12_000;

/** Counts those of a stream's last messages that a service handles. */
async function countHandled(
  { definition }: TestedService,
  {
    transport,
    stream,
    messages,
  }: { readonly transport: Transport; readonly stream: string; readonly messages: number },
): Promise<number> {
  if (messages === 0) return 0;
  const types = new Set(definition.events.map(({ schema }) => eventContract(schema).subjectType));
  const last = await readLast(transport, stream, messages);
  return last.filter(({ subject }) => types.has(parseSubject(subject)?.type ?? "")).length;
}

/** Starts a service; when its process dies by the plan, another one is started on the same database. */
export async function takeSeat(service: TestedService, options: SeatOptions): Promise<Seat> {
  const { transport, clock, log, meter, mortal } = options;
  const database = openSqlite({ path: ":memory:", durable: false });
  const common = { log, config: { port: 0 }, ...(meter && { meter }) };
  const started = Promise.withResolvers<void>();
  let running: RunningService | undefined;
  let death = Promise.withResolvers<void>();
  let closed = false;
  let wholeFromMs = 0;

  if (mortal) launch(mortal);
  else started.resolve(begin(service.start({ ...common, transport, database, clock })));
  await started.promise;

  return {
    service,
    database,
    get running() {
      return running;
    },
    remaining: async () => {
      if (!running || clock.now() < wholeFromMs) return 1;
      return Promise.race([count(running), death.promise.then(() => 1)]);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await running?.close();
      await database.close();
    },
  };

  async function count(process: RunningService): Promise<number> {
    const { outbox, events, unread } = await process.backlog();
    if (outbox + events > 0) return outbox + events;
    const streams = Object.entries(unread).map(([stream, messages]) =>
      countHandled(service, { transport, stream, messages }),
    );
    return (await Promise.all(streams)).reduce((sum, handled) => sum + handled, 0);
  }

  async function begin(starting: Promise<RunningService>): Promise<void> {
    running = await starting;
  }

  /** A dead process answers nobody, so nothing waits for it: what it began is left lying as a kill -9 leaves it. */
  function launch({ accidentAt, witness }: Mortal): void {
    const life = createLife({ accidentAt });
    life.watch((state) => state === "dead" && replace());
    const parts = {
      transport: liveTransport(life, transport),
      database: liveDatabase(life, database, clock),
      clock: liveClock(life, clock),
      probe: life.probe,
    };
    const process = witness ? witnessed(service) : service;
    const config = { ...common.config, drainTimeoutMs: 0 };
    begin(process.start({ ...common, ...parts, config })).then(started.resolve, (error) => {
      if (life.state !== "dead") started.reject(error);
    });
  }

  function replace(): void {
    // Callers see their connections end. The rest of the closing waits for ever for what a dead process does not do.
    running?.close().catch(() => {});
    wholeFromMs = clock.now() + takeoverMs;
    running = undefined;
    death.resolve();
    death = Promise.withResolvers();
    if (mortal && !closed) setImmediate(() => launch(mortal));
  }
}
