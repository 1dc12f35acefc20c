import type { Clock, Random } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { IncomingEvent, Middleware } from "../core/handler.ts";
import { type Log, silentLog } from "../core/log.ts";
import { type PartitionShare, wholeShare } from "../core/partition-share.ts";
import type { Probe } from "../core/probe.ts";
import type { Stores } from "../core/store/stores.ts";
import type { Transport } from "../core/transport.ts";
import type { BatchLimits } from "./batch-queues.ts";
import type { Consumer, ConsumerStatus, PartitionStatus } from "./consumer.ts";
import { createCursorWriter } from "./cursor-writer.ts";
import { createEventSettler } from "./event-settler.ts";
import type { ConsumerInbox } from "./inbox-port.ts";
import { compose } from "./middleware/compose.ts";
import { eventFields } from "./middleware/log.ts";
import { timeout } from "./middleware/timeout.ts";
import { createParkedRunner } from "./parked-runner.ts";
import type { Settler } from "./partition-session.ts";
import type { ReadBufferLimits } from "./read-buffer.ts";
import { createRedriveSettler } from "./redrive.ts";
import type { Router } from "./router.ts";
import { createSlots } from "./slots.ts";
import { createStreamConsumer, type StreamConsumer } from "./stream-consumer.ts";
import { eventSources, redriveSource, type StreamSource } from "./stream-source.ts";

/** What a log consumer needs. */
export interface LogConsumerOptions {
  readonly service: string;
  /** Prefix that keeps systems on one broker apart. Default none. */
  readonly namespace?: string | undefined;
  readonly transport: Pick<Transport, "read" | "streamState" | "get" | "next">;
  readonly router: Router;
  /** Wrap the handler, the first one outermost; all run within the handler's timeout. */
  readonly middlewares?: readonly Middleware[] | undefined;
  readonly inbox: ConsumerInbox;
  readonly stores: Pick<Stores, "cursor" | "parking" | "attempts">;
  /** Which partitions are this replica's. Default: all. */
  readonly share?: PartitionShare | undefined;
  /** Handlers that run at once. Default 16. */
  readonly concurrency?: number | undefined;
  /**
   * Lets events of one partition share transactions: so many inbox rows in one statement, then handler after handler, then
   * what they published. Effects stay exactly once and in the order of each key. When one of them fails, all are rolled back
   * and go one by one, so that a handler may run once more than its attempts say. Default: each has a transaction of its own.
   *
   * It is for handlers that are short and whose rows belong to the event's key: a batch keeps the rows that it has written
   * locked until its end, and batches of several partitions run side by side. Where they want each other's rows, the
   * database ends one of them and its events go one by one.
   */
  readonly batch?: BatchLimits | undefined;
  /** What one stream may hold in memory. Default 1,024 messages, 16 MiB. */
  readonly buffer?: ReadBufferLimits | undefined;
  /** Overrides the handler timeout of the contracts, in milliseconds. */
  readonly handlerTimeoutMs?: number | undefined;
  /** Runs that never ended after which an event is a dead letter. Default: the attempts of its contract. */
  readonly maxDeliveries?: number | undefined;
  /** Parked events of one partition at which reading it stops. Default 10,000. */
  readonly maxParked?: number | undefined;
  /** Messages before a stream's new end that are read again after it lost some. Default 10,000. */
  readonly rewindMargin?: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log | undefined;
  readonly probe?: Probe | undefined;
}

/**
 * Consumes for a service with a database: streams are read like logs, the position and whatever waits live in that
 * database (delivery.md section 4). Effects happen exactly once and, per key, in the order of the stream.
 */
export function createLogConsumer(options: LogConsumerOptions): Consumer {
  const { service, router, inbox, stores, concurrency = 16, clock, probe } = options;
  const log = options.log ?? silentLog;
  const handle = compose(
    [timeout({ clock, limitMs: options.handlerTimeoutMs }), ...(options.middlewares ?? [])],
    router.handle,
  );
  const slots = createSlots(concurrency);
  const writer = createCursorWriter({ store: stores.cursor, clock, log, probe });
  const stops: AbortController[] = [];
  let isStopping = false;
  let streams: StreamConsumer[] = [];
  let running: Promise<unknown> | undefined;

  const wakeRunner = () => runner.wake();
  const runner = createParkedRunner({
    inbox,
    parking: stores.parking,
    refs: () => streams.flatMap(({ held }) => held),
    isSuspect: ({ stream, partition, sequence }) => sequence <= (find(stream)?.suspectUntil(partition) ?? 0n),
    handle,
    slots,
    concurrency,
    logFor: (event: IncomingEvent) => log.child(eventFields(event)),
    clock,
    log,
  });

  return { start, drain, status, [Symbol.asyncDispose]: () => drain() };

  async function start(signal?: AbortSignal): Promise<void> {
    if (running) return;
    const events = createEventSettler({
      ...options,
      handle,
      attempts: stores.attempts,
      maxDeliveries: options.maxDeliveries,
      onParked: wakeRunner,
      log,
    });
    const redrives = createRedriveSettler(inbox, wakeRunner);
    streams = eventSources(router, options).map((source) => consumerOf(source, events));
    if (streams.length > 0) streams.push(consumerOf(redriveSource(options), redrives));
    running = Promise.all([runner, ...streams].map((part) => part.run(newStop())));
    signal?.addEventListener("abort", () => void drain(0), { once: true });
    log.info({ streams: streams.map(({ stream }) => stream), concurrency }, "consuming");
  }

  function consumerOf(source: StreamSource, settler: Settler): StreamConsumer {
    const { share = wholeShare, maxParked = 10_000, rewindMargin = 10_000 } = options;
    return createStreamConsumer({
      ...options,
      source,
      settler,
      share,
      maxParked,
      rewindMargin: BigInt(rewindMargin),
      cursors: stores.cursor,
      parking: stores.parking,
      attempts: stores.attempts,
      writer,
      slots,
      onPartitions: wakeRunner,
      log,
    });
  }

  async function drain(timeoutMs = 10_000): Promise<void> {
    isStopping = true;
    for (const stop of stops) stop.abort();
    if (!running) return;
    const finished = new AbortController();
    const overrun = clock.sleep(timeoutMs, finished.signal).then(abort, () => {});
    await running;
    finished.abort();
    await overrun;
    if (probe) await probe.reach("drain.release");
  }

  /** One signal for each part: Node takes more than ten listeners of one for a leak. */
  function newStop(): AbortSignal {
    const stop = new AbortController();
    stops.push(stop);
    return stop.signal;
  }

  function abort(): void {
    const reason = new ConcordError("canceled", `${service} stops; the event is handled again later`);
    runner.abort(reason);
    for (const stream of streams) stream.abort(reason);
  }

  function find(name: string): StreamConsumer | undefined {
    return streams.find(({ stream }) => stream === name);
  }

  async function status(): Promise<ConsumerStatus> {
    const perStream = await Promise.all(streams.map(statusOf));
    const refs = streams.flatMap(({ held }) => held);
    const parked = await stores.parking.count(...refs);
    return {
      streams: perStream,
      lag: perStream.reduce((sum, { unread, unfinished }) => sum + unread + unfinished, 0),
      parked,
      running: slots.running,
      started: running !== undefined && !isStopping,
    };
  }

  async function statusOf(consumer: StreamConsumer): Promise<PartitionStatus> {
    const { stream, held, paused, unfinished, lastRead } = consumer;
    // A broker that is away says so in its own health; what is known here is told all the same.
    const state = await options.transport.streamState(stream).catch(() => undefined);
    const unread = state && state.lastSequence > lastRead ? Number(state.lastSequence - lastRead) : 0;
    return { stream, partitions: held.map(({ partition }) => partition), paused, unread, unfinished };
  }
}
