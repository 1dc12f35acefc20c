import { createInbox, type Msg, nanos, type PermissionViolationError, type Subscription } from "@nats-io/nats-core";
import { ConcordError } from "../core/error.ts";
import { fromPermissionViolation } from "./broker-error.ts";
import type { BrokerConnection } from "./connection.ts";

/** How often the server shows that a request still waits, in milliseconds; twice without is a loss. */
const heartbeatMs = 2_000;
/** How long a request waits for messages before it is repeated, in milliseconds. */
const expiresMs = 30_000;

/** A request for messages of a consumer. */
export interface Ask {
  readonly batch: number;
  /** Ends with the first messages there are, instead of waiting until the batch is full. */
  readonly oneShot?: boolean;
  /** Ends before so many bytes are exceeded. Default: no limit. */
  readonly maxBytes?: number;
}

/** What a pull works on. */
export interface PullOptions<Item extends { readonly body: Uint8Array }> {
  readonly stream: string;
  readonly consumer: string;
  readonly signal: AbortSignal;
  /** Makes of each message what {@link Pull.take} gives. What it throws ends the pull. */
  readonly accept: (message: Msg) => Item;
  /** Called before each wait: says what to ask for now, if anything. */
  readonly refill: (pull: Pull<Item>) => Ask | undefined;
  /** Gets what arrived and was never taken, when the signal aborts. */
  readonly giveBack?: (items: readonly Item[]) => void;
}

/**
 * Pulls messages of one consumer into a buffer whose size the caller decides by what it asks for. Ends with the first
 * sign that a message may be missing: lost connection, missed heartbeats, consumer gone.
 */
export class Pull<Item extends { readonly body: Uint8Array }> {
  readonly #connection: BrokerConnection;
  readonly #options: PullOptions<Item>;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #forget: () => void;
  readonly #ended = new AbortController();
  #items: Item[] = [];
  #asked = 0;
  #bytes = 0;
  #heardMs = 0;
  #crowded = false;
  #failure: Error | undefined;
  #stopped: Promise<void> | undefined;
  #change: PromiseWithResolvers<void> | undefined;

  constructor(connection: BrokerConnection, options: PullOptions<Item>) {
    this.#connection = connection;
    this.#options = options;
    this.#inbox = createInbox(connection.inboxPrefix);
    this.#subscription = connection.client.subscribe(this.#inbox, {
      callback: (error, message) => (error ? undefined : this.#receive(message)),
    });
    this.#forget = connection.listen({
      lost: (cause) => this.#fail(cause),
      refused: (violation) => this.#onRefused(violation),
    });
    options.signal.addEventListener("abort", this.#abort, { once: true });
    if (options.signal.aborted) this.#abort();
    else void this.#watchHeartbeats();
  }

  /** Messages asked for that have not arrived. */
  get asked(): number {
    return this.#asked;
  }

  /** What arrived and was not taken, oldest first. */
  get items(): readonly Item[] {
    return this.#items;
  }

  /** Whether the server refused the last request because others wait for what there is. */
  get crowded(): boolean {
    return this.#crowded;
  }

  /** Bodies that arrived and were not taken, in bytes. */
  get bufferedBytes(): number {
    return this.#bytes;
  }

  /**
   * Gives what has arrived, at least one and at most so many; nothing once the signal has aborted.
   * @throws {ConcordError} `unavailable`, `not_found` (the consumer is gone), `permission_denied`
   */
  async take(most: number): Promise<Item[]> {
    for (;;) {
      if (this.#stopped) return [];
      if (!this.#failure) this.#refill();
      if (this.#items.length > 0) break;
      if (this.#failure) throw this.#failure;
      this.#change ??= Promise.withResolvers();
      await this.#change.promise;
    }
    const taken = this.#items.splice(0, most);
    for (const { body } of taken) this.#bytes -= body.length;
    return taken;
  }

  /** Ends the pull; what was not taken goes to `giveBack`. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    this.#wake();
    return this.#stopped;
  }

  readonly #abort = () => {
    this.#connection.finishBeforeClose(this.stop());
  };

  async #stop(): Promise<void> {
    this.#ended.abort();
    this.#forget();
    this.#options.signal.removeEventListener("abort", this.#abort);
    // Draining waits for what the server sent before it took the subscription away.
    if (this.#connection.client.isClosed()) this.#subscription.unsubscribe();
    else await this.#subscription.drain().catch(() => {});
    this.#options.giveBack?.(this.#items.splice(0));
  }

  #refill(): void {
    const ask = this.#options.refill(this);
    if (!ask) return;
    if (this.#asked === 0) this.#heardMs = this.#connection.clock.now();
    this.#asked += ask.batch;
    const { stream, consumer } = this.#options;
    const request = {
      batch: ask.batch,
      expires: nanos(expiresMs),
      idle_heartbeat: nanos(heartbeatMs),
      ...(ask.oneShot ? { no_wait: true } : {}),
      ...(ask.maxBytes ? { max_bytes: ask.maxBytes } : {}),
    };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#connection.client.publish(subject, JSON.stringify(request), { reply: this.#inbox });
  }

  #receive(message: Msg): void {
    this.#heardMs = this.#connection.clock.now();
    if (message.subject === this.#inbox) this.#onStatus(message);
    else if (!this.#failure) this.#onMessage(message);
  }

  #onMessage(message: Msg): void {
    this.#asked = Math.max(0, this.#asked - 1);
    this.#crowded = false;
    try {
      const item = this.#options.accept(message);
      this.#items.push(item);
      this.#bytes += item.body.length;
    } catch (thrown) {
      this.#failure = thrown as Error;
    }
    this.#wake();
  }

  /** https://docs.nats.io/reference/reference-protocols/nats_api_reference: what ends a request, and why. */
  #onStatus(message: Msg): void {
    const code = message.headers?.code ?? 0;
    const text = message.headers?.description ?? "";
    if (code === 100) return;
    if (code === 404 || code === 408 || /maxbytes|batch completed/i.test(text)) {
      this.#crowded = /requests pending/i.test(text);
      const left = Number(message.headers?.get("Nats-Pending-Messages") || this.#asked);
      this.#asked = Math.max(0, this.#asked - left);
      this.#wake();
      return;
    }
    const { stream, consumer } = this.#options;
    const gone = code === 503 || /deleted/i.test(text);
    const reason = text === "" ? "nobody answers" : text.toLowerCase();
    this.#fail(
      new ConcordError(gone ? "not_found" : "unavailable", `consumer ${consumer} of ${stream} ended: ${reason}`),
    );
  }

  #onRefused(violation: PermissionViolationError): void {
    const { stream, consumer } = this.#options;
    const own = violation.subject === this.#inbox || violation.subject.endsWith(`.NEXT.${stream}.${consumer}`);
    if (own) this.#fail(fromPermissionViolation(`reading stream ${stream}`, violation));
  }

  async #watchHeartbeats(): Promise<void> {
    const { clock } = this.#connection;
    while (!this.#stopped && !this.#failure) {
      await clock.sleep(heartbeatMs, this.#ended.signal).catch(() => {});
      if (this.#asked === 0 || clock.now() - this.#heardMs <= 2 * heartbeatMs) continue;
      const { stream, consumer } = this.#options;
      this.#fail(new ConcordError("unavailable", `consumer ${consumer} of ${stream} is silent; read again`));
    }
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#wake();
  }

  #wake(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}
