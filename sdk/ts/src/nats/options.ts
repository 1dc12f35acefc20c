import type { Clock, Random } from "../core/clock.ts";
import { systemClock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import { type Log, silentLog } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import { type NatsCredentials, type NatsTls, parseServer } from "./credentials.ts";

/** How {@link connectNats} reaches the broker. */
export interface NatsOptions {
  /** `nats://[user:password@]host[:4222]`, several as a list or with commas between. */
  readonly servers: string | readonly string[];
  /** Default: what stands in the first server's address, else none. */
  readonly credentials?: NatsCredentials | undefined;
  /** Default: encrypted where the server offers it, trusted by the system's authorities. */
  readonly tls?: NatsTls | undefined;
  /** Shown by the server's monitoring. Default `concord`. */
  readonly name?: string | undefined;
  /** First tokens of the reply subjects, for accounts that may subscribe to only some. Default `_INBOX`. */
  readonly inboxPrefix?: string | undefined;
  /**
   * How long the first connection may take, in milliseconds; then {@link connectNats} fails with `unavailable`.
   * Default 10,000. `Infinity` keeps trying until `signal` aborts. Lost connections are always tried for ever.
   */
  readonly connectTimeoutMs?: number | undefined;
  /** Ends the attempts to connect. */
  readonly signal?: AbortSignal | undefined;
  /** One line per change of the connection. Default: none. */
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  /** Spreads reconnections. Default `Math.random`. */
  readonly random?: Random | undefined;
  readonly probe?: Probe | undefined;
}

/** {@link NatsOptions} with every default applied. */
export interface ResolvedNatsOptions {
  readonly servers: readonly string[];
  readonly credentials: NatsCredentials | undefined;
  readonly tls: NatsTls | undefined;
  readonly name: string;
  readonly inboxPrefix: string;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly probe: Probe | undefined;
}

/**
 * Applies the defaults.
 * @throws {ConcordError} `config` with all faults at once.
 */
export function resolveNatsOptions(options: NatsOptions): ResolvedNatsOptions {
  const { connectTimeoutMs = 10_000, inboxPrefix = "_INBOX" } = options;
  const listed = typeof options.servers === "string" ? options.servers.split(",") : options.servers;
  const servers = listed.map((server) => server.trim()).filter((server) => server !== "");
  const faults: string[] = [];
  if (servers.length === 0) faults.push("servers: give at least one, such as nats://localhost:4222");
  if (!(connectTimeoutMs > 0)) faults.push("connectTimeoutMs: give more than 0");
  if (!/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(inboxPrefix)) faults.push("inboxPrefix: give a subject without wildcards");
  if (faults.length > 0) throw new ConcordError("config", `the NATS options are wrong: ${faults.join("; ")}`);
  const parsed = servers.map(parseServer);
  return {
    servers: parsed.map(({ address }) => address),
    credentials: options.credentials ?? parsed.find(({ credentials }) => credentials)?.credentials,
    tls: options.tls,
    name: options.name ?? "concord",
    inboxPrefix,
    connectTimeoutMs,
    signal: options.signal,
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    probe: options.probe,
  };
}
