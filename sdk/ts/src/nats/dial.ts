import type { NatsConnection } from "@nats-io/nats-core";
import { connect, type NodeConnectionOptions } from "@nats-io/transport-node";
import { ConcordError } from "../core/error.ts";
import { canceled, toBrokerError } from "./broker-error.ts";
import { toAuthenticator } from "./credentials.ts";
import type { ResolvedNatsOptions } from "./options.ts";

/** One attempt to reach one server. */
const attemptTimeoutMs = 3_000;
/** A silent server is given up after three of these. */
const pingIntervalMs = 2_000;
const firstDelayMs = 100;
const longestDelayMs = 5_000;

/** When the connection was lost; undefined while it stands. */
export interface Outage {
  sinceMs: number | undefined;
}

/**
 * Connects, again and again with growing pauses until it works or the time is up.
 * @throws {ConcordError} `unauthenticated` at once, `unavailable` when the time is up, `canceled`
 */
export async function dial(options: ResolvedNatsOptions, outage: Outage): Promise<NatsConnection> {
  const { clock, connectTimeoutMs, log, servers, signal } = options;
  const what = `connecting to ${servers.join(", ")}`;
  const giveUpAt = clock.now() + connectTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) throw canceled(what, signal);
    const failure = await attemptOnce(options, outage).catch((thrown: unknown) => toBrokerError(what, thrown));
    if (!(failure instanceof ConcordError)) return failure;
    if (failure.code === "unauthenticated" || failure.code === "config") throw failure;
    const delayMs = reconnectDelay(attempt * firstDelayMs, options.random);
    if (clock.now() + delayMs > giveUpAt) throw gaveUp(connectTimeoutMs, failure);
    if (attempt === 1) log.warn({ servers, reason: failure.message }, "NATS cannot be reached yet; trying again");
    await clock.sleep(delayMs, signal).catch(() => {});
  }
}

/** Pause before the next attempt when the connection has been gone for so long: a quarter of it, and jitter. */
function reconnectDelay(goneMs: number, random: () => number): number {
  const delayMs = Math.min(longestDelayMs, Math.max(firstDelayMs, goneMs / 4));
  return delayMs / 2 + (random() * delayMs) / 2;
}

function gaveUp(timeoutMs: number, cause: ConcordError): ConcordError {
  const reason = `${cause.message}, for ${timeoutMs} ms; start nats-server or correct the address`;
  return new ConcordError("unavailable", reason, { cause });
}

async function attemptOnce(options: ResolvedNatsOptions, outage: Outage): Promise<NatsConnection> {
  return connect(clientOptions(options, outage));
}

function clientOptions(options: ResolvedNatsOptions, outage: Outage): NodeConnectionOptions {
  const { clock, credentials, inboxPrefix, name, random, servers, tls } = options;
  return {
    servers: [...servers],
    name,
    inboxPrefix,
    timeout: attemptTimeoutMs,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    // A renewed password must bring the service back without a restart.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    reconnectDelayHandler: () => reconnectDelay(clock.now() - (outage.sinceMs ?? clock.now()), random),
    ...(credentials ? { authenticator: toAuthenticator(credentials) } : {}),
    ...(tls ? { tls: { ...tls } } : {}),
  };
}
