import { backoffDelayMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { ConcordError, toConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";
import type { StoredMessage } from "../core/message.ts";
import type { Probe } from "../core/probe.ts";
import type { Transport } from "../core/transport.ts";
import type { PartitionSession } from "./partition-session.ts";
import type { ReadBuffer } from "./read-buffer.ts";
import type { StreamSource } from "./stream-source.ts";

/** What a reader works with. */
export interface StreamReaderOptions {
  readonly transport: Pick<Transport, "read">;
  readonly source: StreamSource;
  readonly filter: string;
  readonly partitions: readonly number[];
  readonly buffer: ReadBuffer;
  /** Gives the sessions of the partitions, starting those that are missing. */
  readonly openSessions: (partitions: readonly number[]) => Promise<ReadonlyMap<number, PartitionSession>>;
  /** Makes the sessions of the partitions void, because what was read may not be what the stream now holds. */
  readonly abandonSessions: (partitions: readonly number[]) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly probe?: Probe | undefined;
}

/** One connection to a stream, for one partition or for several that one replica holds together. */
export interface StreamReader {
  readonly partitions: readonly number[];
  /** Reads until {@link stop}; whatever breaks is begun again from the stored positions, with backoff. */
  run(): Promise<void>;
  /** Takes nothing more. */
  stop(): void;
  /** Begins again from the stored positions. */
  restart(error: unknown): void;
  /** Says that something read was settled, so that the trouble is over. */
  noteProgress(): void;
}

const reconnect = { initialMs: 100, maxMs: 10_000 };

/** Trouble this long after the last is trouble of its own, in milliseconds. */
const forgetFailuresMs = 60_000;

/** Makes a reader that does not read yet. */
export function createStreamReader(options: StreamReaderOptions): StreamReader {
  const { transport, source, filter, partitions, buffer, clock, random, probe } = options;
  const log = options.log.child({ stream: source.stream, partitions: partitions.length });
  const stopped = new AbortController();
  let connection = new AbortController();
  let failures = 0;
  let failedAtMs = 0;

  return { partitions, run, stop, restart, noteProgress };

  function stop(): void {
    stopped.abort();
    restart(undefined);
  }

  function restart(error: unknown): void {
    connection.abort(error);
    buffer.wake();
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      connection = new AbortController();
      try {
        await readOn(await options.openSessions(partitions), connection.signal);
      } catch (error) {
        if (stopped.signal.aborted) return;
        await recover(error);
      }
    }
  }

  async function readOn(sessions: ReadonlyMap<number, PartitionSession>, signal: AbortSignal): Promise<void> {
    if (stopped.signal.aborted || sessions.size === 0) return idle();
    const isWhole = filter === source.filter;
    const gap = failures > 0 && probe?.without("session-continues-after-gap") ? 1n : 0n;
    const after = lowest([...sessions.values()].map((session) => session.lastRead)) + gap;
    for await (const batch of transport.read({ stream: source.stream, filter, after, signal })) {
      for (const message of batch) {
        if (signal.aborted) break;
        await hand(message, sessions, signal);
      }
      if (signal.aborted) break;
      if (isWhole) for (const session of sessions.values()) session.pass(batch.at(-1)!);
    }
    if (stopped.signal.aborted) return;
    throw signal.aborted ? signal.reason : new ConcordError("unavailable", `reading ${source.stream} ended by itself`);
  }

  /** All partitions went to others meanwhile: the plan ends this reader in a moment. */
  async function idle(): Promise<void> {
    if (!stopped.signal.aborted) await clock.sleep(reconnect.initialMs, stopped.signal).catch(() => {});
  }

  /** Waits for room first: while nothing is taken the broker keeps the rest. */
  async function hand(
    message: StoredMessage,
    sessions: ReadonlyMap<number, PartitionSession>,
    signal: AbortSignal,
  ): Promise<void> {
    const place = source.placeOf(message);
    const session = place && sessions.get(place.partition);
    if (!session) return;
    const mustWait = () => !signal.aborted && (buffer.isFull || session.isFull);
    if (mustWait()) await buffer.waitWhile(mustWait);
    if (!signal.aborted) session.take(message, place);
  }

  async function recover(error: unknown): Promise<void> {
    if (!probe?.without("session-continues-after-gap")) options.abandonSessions(partitions);
    failures = clock.now() - failedAtMs > forgetFailuresMs ? 1 : failures + 1;
    failedAtMs = clock.now();
    const delayMs = backoffDelayMs(reconnect, failures, random);
    const fields = { error: toConcordError(error).code, err: error };
    if (failures === 1) log.warn(fields, "reading stopped; it starts again from the stored position");
    else log.debug({ ...fields, failures, delayMs }, "reading failed again");
    await clock.sleep(delayMs, stopped.signal).catch(() => {});
  }

  function noteProgress(): void {
    if (failures > 0) log.info({ failures }, "reading goes on");
    failures = 0;
  }
}

function lowest(sequences: readonly bigint[]): bigint {
  return sequences.reduce((least, sequence) => (sequence < least ? sequence : least));
}
