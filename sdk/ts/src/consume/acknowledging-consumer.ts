import { backoffDelayMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { RetryPolicy } from "../core/contract/retry-policy.ts";
import { ConcordError } from "../core/error.ts";
import type { AttemptScope, IncomingEvent, Middleware } from "../core/handler.ts";
import { type Log, silentLog } from "../core/log.ts";
import { durableName } from "../core/subject.ts";
import type { Delivery, Transport } from "../core/transport.ts";
import type { Consumer, ConsumerStatus } from "./consumer.ts";
import { createDeliverySettler } from "./delivery-settler.ts";
import { type KeepAlive, keepAlive } from "./keep-alive.ts";
import { compose } from "./middleware/compose.ts";
import { timeout } from "./middleware/timeout.ts";
import type { Router } from "./router.ts";
import { createSleeper } from "./sleeper.ts";
import { createSlots } from "./slots.ts";
import { eventSources, redriveSource, type StreamSource } from "./stream-source.ts";

/** What an acknowledging consumer needs. */
export interface AcknowledgingConsumerOptions {
  readonly service: string;
  /** Prefix that keeps systems on one broker apart. Default none. */
  readonly namespace?: string | undefined;
  readonly transport: Pick<Transport, "consume" | "publish" | "streamState">;
  readonly router: Router;
  /** Wrap the handler, the first one outermost; all run within the handler's timeout. */
  readonly middlewares?: readonly Middleware[] | undefined;
  /** Gives the surroundings of an attempt: publishing straight to the broker, no transaction. */
  readonly scopeOf: (cause: IncomingEvent) => AttemptScope;
  /**
   * `strict` (default): one event of a partition at a time over all replicas; one that fails holds its partition. `none`:
   * many at a time, in any order.
   */
  readonly order?: "strict" | "none" | undefined;
  /** Handlers that run at once. Default 16. */
  readonly concurrency?: number | undefined;
  /**
   * After this time without a sign of life the broker delivers again, in milliseconds. Default 35,000: the handler timeout
   * and a margin. It bounds how long the events of a replica that died wait.
   */
  readonly ackWaitMs?: number | undefined;
  /** Overrides what the contracts say about retries. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Deliveries beyond which an event is a dead letter without a run. Default: twice the attempts of its contract. */
  readonly maxDeliveries?: number | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log | undefined;
}

const reconnect = { initialMs: 100, maxMs: 10_000 };

/**
 * Consumes for a service without a database: the broker keeps the positions of durable consumers, shared by all replicas
 * (delivery.md section 5). At least once; effects may repeat around a crash. With `strict` order the events of a partition
 * are first run in order.
 */
export function createAcknowledgingConsumer(options: AcknowledgingConsumerOptions): Consumer {
  const { service, namespace, transport, router, order = "strict", concurrency = 16, clock, random } = options;
  const { ackWaitMs = 35_000, retry } = options;
  const log = options.log ?? silentLog;
  const limit = timeout({ clock, limitMs: retry?.handlerTimeoutMs });
  const settler = createDeliverySettler({
    service,
    namespace,
    router,
    handle: compose([limit, ...(options.middlewares ?? [])], router.handle),
    scopeOf: options.scopeOf,
    publisher: transport,
    retryOf: (contract) => ({ ...contract.retry, ...retry }),
    maxDeliveries: options.maxDeliveries,
    holdsPartition: order === "strict",
    clock,
    random,
    log,
  });
  const slots = createSlots(concurrency);
  const sleeper = createSleeper(clock);
  const readers = new Set<AbortController>();
  const attempts = new Set<AbortController>();
  const unfinished = new Set<Promise<void>>();
  let sources: readonly StreamSource[] = [];
  let reading: Promise<unknown> | undefined;

  return { start, drain, status, [Symbol.asyncDispose]: () => drain() };

  async function start(signal?: AbortSignal): Promise<void> {
    if (reading) return;
    const events = eventSources(router, options);
    sources = events.length > 0 ? [...events, redriveSource(options)] : [];
    reading = Promise.all(
      sources.flatMap((source) => partitionsOf(source).map((partition) => read(source, partition))),
    );
    signal?.addEventListener("abort", () => void drain(0), { once: true });
    const streams = sources.map(({ stream }) => stream);
    log.info({ streams, order, concurrency }, `consuming without a database: at least once, order ${order}`);
  }

  async function read(source: StreamSource, partition: number): Promise<void> {
    const reader = new AbortController();
    readers.add(reader);
    for (let failures = 0; !reader.signal.aborted; failures++) {
      try {
        for await (const batch of transport.consume(requestOf(source, partition, reader.signal))) {
          failures = 0;
          for (const delivery of batch) await take(source, delivery);
        }
      } catch (error) {
        const fields = { stream: source.stream, partition, err: error };
        if (failures === 0) log.warn(fields, "consuming stopped; trying again");
      }
      await sleeper.sleep(backoffDelayMs(reconnect, failures + 1, random));
    }
  }

  function requestOf({ name, stream, filterOf }: StreamSource, partition: number, signal: AbortSignal) {
    return {
      stream,
      durable: durableName(service, name, partition),
      filter: filterOf(partition),
      maxAckPending: order === "strict" ? 1 : concurrency,
      ackWaitMs,
      signal,
      onWarning: (warning: string) => log.warn({ stream, partition, warning }, "the broker's consumer was changed"),
    };
  }

  /** With strict order the next one comes when this one is settled; without, as many as there are slots. */
  async function take(source: StreamSource, delivery: Delivery): Promise<void> {
    if (!source.placeOf(delivery)?.isHandled) return ignoreFailure(delivery.ack());
    const alive = keepAlive(delivery, ackWaitMs, clock);
    const done = settle(delivery, alive).finally(() => {
      alive.end();
      unfinished.delete(done);
    });
    unfinished.add(done);
    if (order === "strict") await done;
  }

  async function settle(delivery: Delivery, alive: KeepAlive): Promise<void> {
    const release = await slots.acquire();
    const attempt = new AbortController();
    attempts.add(attempt);
    try {
      if (sleeper.isEnded) await ignoreFailure(delivery.retry(0));
      else if (!alive.isStale) await ignoreFailure(settler.settle(delivery, attempt.signal));
    } finally {
      attempts.delete(attempt);
      release();
    }
  }

  /** An answer that did not reach the broker only means another delivery. */
  async function ignoreFailure(answer: Promise<void>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      log.debug({ err: error }, "the broker was not told; it delivers again");
    }
  }

  async function drain(timeoutMs = 10_000): Promise<void> {
    sleeper.end();
    for (const reader of readers) reader.abort();
    if (!reading) return;
    const finished = new AbortController();
    const overrun = clock.sleep(timeoutMs, finished.signal).then(abort, () => {});
    await Promise.all([reading, ...unfinished]);
    finished.abort();
    await overrun;
  }

  function abort(): void {
    const reason = new ConcordError("canceled", `${service} stops; the event is handled again later`);
    for (const attempt of attempts) attempt.abort(reason);
  }

  async function status(): Promise<ConsumerStatus> {
    const streams = sources.map((source) => ({
      stream: source.stream,
      partitions: partitionsOf(source),
      paused: [],
      unread: 0,
      unfinished: 0,
    }));
    return {
      streams,
      lag: unfinished.size,
      parked: 0,
      running: slots.running,
      started: reading !== undefined && !sleeper.isEnded,
    };
  }
}

function partitionsOf({ partitions }: StreamSource): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}
