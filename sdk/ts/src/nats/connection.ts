import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, PermissionViolationError, type ServerInfo, type Status } from "@nats-io/nats-core";
import type { Clock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";
import type { TransportHealth, WaitOptions } from "../core/transport.ts";
import { canceled, toBrokerError } from "./broker-error.ts";
import { dial, type Outage } from "./dial.ts";
import { messageIdHeader } from "./headers.ts";
import type { ResolvedNatsOptions } from "./options.ts";
import { defaultTimeoutMs, waitWithin } from "./wait-within.ts";

/** Told of what happens to the connection. */
export interface ConnectionListener {
  /** The connection is gone: nothing that was sent before will be answered. */
  lost?(cause: ConcordError): void;
  /** It is back, maybe to another server. */
  restored?(): void;
  /** The server refuses a subject. */
  refused?(violation: PermissionViolationError): void;
}

/** How long {@link BrokerConnection.close} waits for what is under way. */
const closeTimeoutMs = 5_000;
/** How many refused subjects are logged, each once. */
const mostReported = 100;
/** Asked once in passing: an account that may not is fine. */
const mayBeRefused = "$JS.API.INFO";

/**
 * Connects and keeps the connection.
 * @throws {ConcordError} `unauthenticated`, `unavailable`, `config`, `canceled`
 */
export async function openConnection(options: ResolvedNatsOptions): Promise<BrokerConnection> {
  const outage: Outage = { sinceMs: undefined };
  return new BrokerConnection(options, outage, await dial(options, outage));
}

/** One connection to the broker, which comes back by itself. */
export class BrokerConnection {
  readonly client: NatsConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly inboxPrefix: string;
  /** Under which name the server is told message ids. */
  readonly messageIdHeader: string;
  readonly #outage: Outage;
  readonly #listeners = new Set<ConnectionListener>();
  readonly #unfinished = new Set<Promise<unknown>>();
  readonly #reported = new Set<string>();
  #closing: Promise<void> | undefined;
  #lastFailure = "";
  #hasJetStream = false;
  #lastInfo: ServerInfo | undefined;

  constructor(options: ResolvedNatsOptions, outage: Outage, client: NatsConnection) {
    this.client = client;
    this.clock = options.clock;
    this.log = options.log;
    this.inboxPrefix = options.inboxPrefix;
    this.messageIdHeader = options.probe?.without("wrong-header-case")
      ? messageIdHeader.toLowerCase()
      : messageIdHeader;
    this.#outage = outage;
    void this.#watch();
  }

  /** Whether calls are taken. */
  get connected(): boolean {
    return this.reachable && !this.#closing;
  }

  /** Whether the server can be spoken to, also while closing. */
  get reachable(): boolean {
    return this.#outage.sinceMs === undefined;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** What the server said of itself; while the connection is gone, what the last one said. */
  get server(): ServerInfo | undefined {
    this.#lastInfo = this.client.info ?? this.#lastInfo;
    return this.#lastInfo;
  }

  /** Adds a listener; the result takes it away again. */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** @throws {ConcordError} `unavailable` while the connection is gone or closed. */
  require(what: string): void {
    if (this.connected) return;
    const reason = this.#closing ? "the transport is closed" : "NATS is not connected; try again";
    throw new ConcordError("unavailable", `${what} failed: ${reason}`);
  }

  /**
   * Resolves once the connection stands.
   * @throws {ConcordError} `unavailable` when it is closed, `canceled`
   */
  async restored(what: string, signal: AbortSignal): Promise<void> {
    while (!this.connected && !this.#closing) {
      if (signal.aborted) throw canceled(what, signal);
      const change = Promise.withResolvers<void>();
      const forget = this.listen({ restored: change.resolve, lost: () => change.resolve() });
      const limits = { what, signal, clock: this.clock, timeoutMs: 60_000 };
      await waitWithin(change.promise, limits)
        .catch(() => {})
        .finally(forget);
    }
    this.require(what);
  }

  /** The client of JetStream's API, which gives up an answer after so long. */
  manager(timeoutMs: number): Promise<JetStreamManager> {
    return jetstreamManager(this.client, { checkAPI: false, timeout: timeoutMs });
  }

  /**
   * Calls JetStream's API until its answer, the signal, the time limit or the loss of the connection.
   * @throws {ConcordError} see {@link toBrokerError}; `what` begins its sentence
   */
  async call<Result>(
    what: string,
    run: (manager: JetStreamManager) => Promise<Result>,
    wait: WaitOptions = {},
  ): Promise<Result> {
    if (wait.signal?.aborted) throw canceled(what, wait.signal);
    this.require(what);
    const onEnd = (end: (cause: Error) => void) => this.listen({ lost: end });
    try {
      const answer = this.manager(wait.timeoutMs ?? defaultTimeoutMs).then(run);
      const result = await waitWithin(answer, { ...wait, what, clock: this.clock, onEnd });
      this.#hasJetStream = true;
      return result;
    } catch (thrown) {
      throw this.#toError(what, thrown);
    }
  }

  /** Silence of an API that has answered before is a cluster without a leader, not a server without JetStream. */
  #toError(what: string, thrown: unknown): ConcordError {
    const error = toBrokerError(what, thrown);
    if (error.code !== "unsupported" || !this.#hasJetStream) return error;
    return new ConcordError("unavailable", `${what} failed: JetStream does not answer now; try again`, {
      cause: thrown,
    });
  }

  /** {@link close} waits for it, for a while. */
  finishBeforeClose(work: Promise<unknown>): void {
    const settled: Promise<unknown> = work.catch(() => {}).finally(() => this.#unfinished.delete(settled));
    this.#unfinished.add(settled);
  }

  /** Whether the broker can be reached, in a sentence for an operator. */
  health(): TransportHealth {
    if (this.#closing) return { healthy: false, detail: "the connection to NATS is closed" };
    if (this.connected) {
      return {
        healthy: true,
        detail: `connected to NATS at ${this.client.getServer()}, nats-server ${this.server?.version}`,
      };
    }
    const goneMs = this.clock.now() - this.#outage.sinceMs!;
    const reason = this.#lastFailure ? `; ${this.#lastFailure}` : "";
    return { healthy: false, detail: `NATS has not been connected for ${goneMs} ms; reconnecting${reason}` };
  }

  /** Refuses new calls, waits for what is under way, ends the connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const limits = { what: "closing", clock: this.clock, timeoutMs: closeTimeoutMs };
    await waitWithin(this.#finish(), limits).catch(() => {});
    await this.client.close();
  }

  async #finish(): Promise<void> {
    while (this.#unfinished.size > 0) await Promise.all(this.#unfinished);
    if (this.reachable) await this.client.flush();
  }

  async #watch(): Promise<void> {
    for await (const status of this.client.status()) this.#onStatus(status);
    if (this.#closing) return;
    this.#onLost(this.client.getServer());
    this.log.error({}, "the NATS client has given up; restart the service");
  }

  #onStatus(status: Status): void {
    if (status.type === "disconnect") this.#onLost(status.server);
    else if (status.type === "reconnect") this.#onRestored();
    else if (status.type !== "error") return;
    else if (status.error instanceof PermissionViolationError) this.#onRefused(status.error);
    else this.#onFailure(status.error);
  }

  #onLost(server: string): void {
    if (this.#outage.sinceMs !== undefined) return;
    this.#outage.sinceMs = this.clock.now();
    if (!this.#closing) this.log.warn({ server }, "the connection to NATS is lost; reconnecting");
    const cause = new ConcordError("unavailable", "the connection to NATS was lost; try again");
    for (const listener of [...this.#listeners]) listener.lost?.(cause);
  }

  #onRestored(): void {
    const lostMs = this.clock.now() - (this.#outage.sinceMs ?? this.clock.now());
    this.#outage.sinceMs = undefined;
    this.#lastFailure = "";
    const version = this.server?.version;
    this.log.info({ server: this.client.getServer(), version, lostMs }, "connected to NATS again");
    for (const listener of [...this.#listeners]) listener.restored?.();
  }

  #onFailure(error: Error): void {
    const { message } = toBrokerError("the connection to NATS", error);
    if (message === this.#lastFailure) return;
    this.#lastFailure = message;
    this.log.warn({ server: this.client.getServer() }, message);
  }

  #onRefused(violation: PermissionViolationError): void {
    const { operation, subject } = violation;
    const refusal = `${operation} ${subject}`;
    const isNew = !this.#reported.has(refusal) && this.#reported.size < mostReported;
    if (isNew && subject !== mayBeRefused) {
      this.#reported.add(refusal);
      this.log.error({ operation, subject }, "NATS refuses a subject; grant it in the server's permissions");
    }
    for (const listener of [...this.#listeners]) listener.refused?.(violation);
  }
}
