import type { Tracer } from "@opentelemetry/api";
import { type Clock, type Random, systemClock } from "../core/clock.ts";
import { toConcordError } from "../core/error.ts";
import { type Log, silentLog } from "../core/log.ts";
import { type PartitionShare, wholeShare } from "../core/partition-share.ts";
import type { Probe } from "../core/probe.ts";
import { type OutboxStore, outboxPartitions } from "../core/store/outbox-store.ts";
import { createAgeWatch } from "./age-watch.ts";
import { createPartitionRelay, type PartitionRelay } from "./relay-partition.ts";
import { createPause, createRelayPauses, type PausePolicy } from "./relay-pause.ts";
import { createRelayProbe } from "./relay-probe.ts";
import type { RelayCounts, RelayScope } from "./relay-scope.ts";
import { createSendWindow } from "./send-window.ts";
import { traceSends } from "./trace-sends.ts";
import { createWakeup } from "./wakeup.ts";

/** What a relay works with and how. */
export interface RelayOptions {
  readonly store: OutboxStore;
  readonly transport: RelayScope["transport"];
  /** Shares the outbox's partitions among replicas. Default: all are this relay's. */
  readonly share?: PartitionShare | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Spreads waits. Default: `Math.random`. */
  readonly random?: Random | undefined;
  /** Default: writes nothing. */
  readonly log?: Log | undefined;
  /** Messages on their way to the broker at once, over all keys. Default 256: more was no faster. */
  readonly window?: number | undefined;
  /**
   * Rows of one stream from which on they go in an atomic batch, where the broker has those. Default 250, or 50 of one
   * key: a batch costs the broker a few milliseconds (`npm run bench -- relay`).
   */
  readonly minBatchRows?: number | undefined;
  /** Failures of a row's own before it is put aside. Default 10: about a minute. */
  readonly maxAttempts?: number | undefined;
  /** Bounds of the waits after failures. Default 200 ms to 30 s. */
  readonly retry?: PausePolicy | undefined;
  /** Bounds of the time between looks for rows whose commit was not seen here, in milliseconds. Default 50 to 1,000. */
  readonly poll?: { readonly minMs: number; readonly maxMs: number } | undefined;
  /** Time in which the broker drops repetitions, in milliseconds: older rows are warned of. Default 120,000. */
  readonly dedupeWindowMs?: number | undefined;
  /** Makes a span of every send. Default: OpenTelemetry's global one. */
  readonly tracer?: Tracer | undefined;
  readonly probe?: Probe | undefined;
}

/** What a relay has done and what keeps it from going on. */
export interface RelayStatus extends Readonly<RelayCounts> {
  /** Partitions of the outbox that are this relay's now. */
  readonly partitions: number;
  /** Keys that wait after a failure. */
  readonly stoppedKeys: number;
  /** Milliseconds until the broker is tried again; 0 when nothing is wrong with it. */
  readonly pausedMs: number;
  /** Streams that are full or missing. */
  readonly troubledStreams: readonly string[];
}

/** Moves committed outbox rows to the broker. */
export interface Relay {
  /**
   * Relays until the signal aborts, then finishes what is under way and gives its partitions back. Waits out failures of
   * broker and database; rejects only when a probe kills it.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Relays until no row waits: every one is sent or put aside. */
  runUntilIdle(signal?: AbortSignal): Promise<void>;
  /**
   * Says that rows were committed, so that they need not wait for the next look.
   * @param partitions theirs, where known; saves a query
   */
  wake(partitions?: Iterable<number>): void;
  status(): RelayStatus;
}

/** Reads and deletions at once: more were no faster, and a service's handlers need connections too. */
const storeCalls = 4;

interface Share {
  readonly signal: AbortSignal;
  readonly relay: PartitionRelay;
  /** The work under way. */
  draining: Promise<void> | undefined;
  /** Rows may have come since it looked. */
  again: boolean;
}

/**
 * Makes a relay. Per key, messages reach the stream in commit order; a crash, a lost answer or a second relay repeats
 * messages with their ids and never reorders them (delivery.md section 3).
 */
export function createRelay(options: RelayOptions): Relay {
  const { store, share: shareOf = wholeShare, poll = { minMs: 50, maxMs: 1_000 }, dedupeWindowMs = 120_000 } = options;
  const scope = createScope(options);
  const { clock, log, probe, pauses, counts } = scope;
  const wakeup = createWakeup(clock);
  const ageWatch = createAgeWatch({ store, clock, log, dedupeWindowMs });
  const storePause = createPause({ clock, random: scope.random, policy: scope.retry });
  const shares = new Map<number, Share>();
  let pollMs = poll.minMs;
  let progressed = false;
  let isIdling = false;
  let failure: { readonly thrown: unknown } | undefined;

  return {
    run: (signal) => relayUntil(signal, false),
    runUntilIdle: (signal = new AbortController().signal) => relayUntil(signal, true),
    wake(partitions) {
      if (partitions === undefined) wakeup.ring();
      else for (const partition of partitions) start(partition);
    },
    status: () => ({
      ...counts,
      partitions: shares.size,
      stoppedKeys: sum([...shares.values()].map(({ relay }) => relay.stoppedKeys)),
      pausedMs: pauses.broker.remainingMs(),
      troubledStreams: pauses.troubledStreams,
    }),
  };

  async function relayUntil(signal: AbortSignal, idle: boolean): Promise<void> {
    isIdling = idle;
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    ended.addEventListener("abort", wakeup.ring, { once: true });
    const sharing = shareOf({ scope: "relay", partitions: outboxPartitions, onAcquired, onLost }).run(ended);
    const watching = sharing.catch((thrown) => fail(thrown));
    while (!ended.aborted && !failure) {
      if (await look()) break;
      await wakeup.wait(nextLookMs());
    }
    stop.abort();
    await watching;
    await Promise.all([...shares.values()].map(({ draining }) => draining));
    if (failure) throw failure.thrown;
  }

  /** Starts the partitions that have rows; true when there are none and that is the end. */
  async function look(): Promise<boolean> {
    if (storePause.remainingMs() > 0) return false;
    try {
      await ageWatch.check();
      if (pauses.broker.remainingMs() > 0) return false;
      const pending = await store.pendingPartitions();
      storePause.end();
      for (const partition of pending) start(partition);
      return isIdling && pending.length === 0;
    } catch (thrown) {
      noteStoreFailure(thrown);
      return false;
    }
  }

  /** Looks rarely while nothing comes, and at once for a key whose time has come. */
  function nextLookMs(): number {
    pollMs = progressed ? poll.minMs : Math.min(pollMs * 1.5, poll.maxMs);
    progressed = false;
    const pausedMs = Math.max(pauses.broker.remainingMs(), storePause.remainingMs());
    if (pausedMs > 0) return pausedMs;
    return Math.min(pollMs, ...[...shares.values()].map(({ relay }) => relay.nextInMs() ?? pollMs));
  }

  function start(partition: number): void {
    const share = shares.get(partition);
    if (!share) return;
    share.again = true;
    share.draining ??= drain(share).finally(() => {
      share.draining = undefined;
      if (isIdling && progressed) wakeup.ring();
    });
  }

  async function drain(share: Share): Promise<void> {
    try {
      while (share.again) {
        share.again = false;
        if ((await share.relay.drain(share.signal)) > 0) progressed = true;
      }
    } catch (thrown) {
      if (probe.crashed) fail(thrown);
      else noteStoreFailure(thrown);
    }
  }

  function onAcquired(partition: number, signal: AbortSignal): void {
    const relay = createPartitionRelay(partition, scope);
    shares.set(partition, { signal, relay, draining: undefined, again: false });
    wakeup.ring();
  }

  function onLost(partition: number): Promise<void> | undefined {
    const draining = shares.get(partition)?.draining;
    shares.delete(partition);
    return draining;
  }

  function noteStoreFailure(thrown: unknown): void {
    const delayMs = storePause.begin();
    if (delayMs !== undefined) log.warn({ err: toConcordError(thrown), delayMs }, "the outbox cannot be read");
  }

  function fail(thrown: unknown): void {
    failure ??= { thrown };
    wakeup.ring();
  }
}

function createScope(options: RelayOptions): RelayScope {
  const { store, transport, clock = systemClock, random = Math.random, log = silentLog, window = 256 } = options;
  const { maxAttempts = 10, retry = { initialMs: 200, maxMs: 30_000 } } = options;
  return {
    store,
    transport: traceSends(transport, { tracer: options.tracer }),
    clock,
    random,
    log,
    probe: createRelayProbe(options.probe),
    window: createSendWindow(window),
    storeWindow: createSendWindow(storeCalls),
    pauses: createRelayPauses({ clock, random, policy: retry }),
    retry,
    maxAttempts,
    minBatchRows: options.minBatchRows,
    counts: { published: 0, duplicates: 0, failed: 0, quarantined: 0 },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
