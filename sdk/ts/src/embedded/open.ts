import { type Clock, systemClock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import { type Log, silentLog } from "../core/log.ts";
import type { OutgoingMessage } from "../core/message.ts";
import type { Transport, TransportHealth, WaitOptions } from "../core/transport.ts";
import { type Appender, createAppender } from "./appender.ts";
import { consume } from "./consume.ts";
import { createDurables } from "./durables.ts";
import type { EventLog } from "./log.ts";
import { openLogFile } from "./log-file.ts";
import type { LogStream } from "./log-stream.ts";
import { maxPayloadBytes, prepareMessage } from "./prepare-message.ts";
import { inspect, provision } from "./provision.ts";
import { read, readNext } from "./read.ts";
import { createRetention } from "./retention.ts";
import { createStreams } from "./streams.ts";

/** How to open the embedded transport. */
export interface EmbeddedOptions {
  /**
   * The file, which is made if missing, with its folder. `:memory:` keeps nothing beyond the process. Default
   * `.data/events.db`.
   */
  readonly path?: string | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Default: silent. */
  readonly log?: Log | undefined;
}

/**
 * Opens the broker that lives in the process: a durable log in one SQLite file. An acknowledged message is on the disk.
 * Services of one process share the transport that this gives; one process at a time can hold the file.
 *
 * Positions and delivery counts of `consume` outlive the death of the process; a power cut may take the last of them
 * back, which repeats deliveries and loses none.
 * @throws {ConcordError} `locked` (another process holds the file), `permission_denied`, `config` (no SQLite file),
 * `migration` (another program's file, or a newer version's)
 */
export async function openEmbedded(options: EmbeddedOptions = {}): Promise<Transport> {
  const { path = ".data/events.db", clock = systemClock, log = silentLog } = options;
  const file = openLogFile(path);
  const streams = createStreams(file, clock);
  const durables = createDurables(file, clock);
  const retention = createRetention(file, streams, durables, clock);
  const appender = createAppender({ file, streams, retention, clock });
  const ending = new AbortController();
  let closed = false;
  const checkOpen = () => {
    if (closed) throw new ConcordError("unavailable", `the event log ${file.path} is closed; open it again`);
  };
  const eventLog = { file, streams, durables, retention, clock, closing: ending.signal, checkOpen };
  log.info({ path: file.path, streams: [...streams.all()].length }, "event log opened");
  return createTransport(eventLog, appender, () => {
    appender.flush();
    closed = true;
    ending.abort();
    file.db.close();
    log.info({ path: file.path }, "event log closed");
  });
}

function createTransport(log: EventLog, appender: Appender, end: () => void): Transport {
  const { streams, retention } = log;
  const check = ({ signal }: WaitOptions = {}) => {
    log.checkOpen();
    if (signal?.aborted) throw new ConcordError("canceled", "the signal was aborted before the call");
  };
  const existing = (name: string, options?: WaitOptions): LogStream => {
    check(options);
    return streams.get(name);
  };
  const close = async () => {
    if (!log.closing.aborted) end();
  };
  return {
    name: "embedded",
    features: { atomicBatch: true, shared: false },
    maxPayloadBytes,
    publish: async (message, options) => {
      const stream = existing(message.stream, options);
      return appender.append(stream, prepareMessage(stream, message), options?.signal);
    },
    publishAtomically: async (messages, options) => {
      const stream = existing(oneStream(messages), options);
      const prepared = messages.map((message) => prepareMessage(stream, message));
      return appender.appendAll(stream, prepared, options?.signal);
    },
    read: (request) => read(log, request),
    consume: (request) => consume(log, request),
    provision: async (specs, options) => {
      check(options);
      return provision(log.file, streams, specs);
    },
    inspect: async (wanted, options) => {
      check(options);
      return inspect(streams, wanted);
    },
    streamState: async (name, options) => {
      check(options);
      const stream = streams.find(name);
      if (stream) retention.expire(stream);
      return stream?.state();
    },
    get: async (name, sequence, options) => {
      const stream = existing(name, options);
      const row = stream.table.get(Number(sequence));
      return row && stream.toMessage(row);
    },
    next: async (name, filter, after, options) => readNext(log, existing(name, options), filter, after),
    remove: async (name, sequence, options) => {
      retention.remove(existing(name, options), Number(sequence));
    },
    health: () => healthOf(log),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function oneStream(messages: readonly OutgoingMessage[]): string {
  const names = new Set(messages.map((message) => message.stream));
  const [name] = names;
  if (name !== undefined && names.size === 1) return name;
  throw new ConcordError("invalid_argument", `an atomic batch goes to one stream, not ${names.size}`);
}

function healthOf({ file, closing }: EventLog): TransportHealth {
  if (closing.aborted) return { healthy: false, detail: `the event log ${file.path} is closed` };
  if (file.fault) return { healthy: false, detail: file.fault.message };
  return { healthy: true, detail: `the event log ${file.path} is open` };
}
