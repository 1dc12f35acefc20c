import type { Envelope } from "./envelope/envelope.ts";
import type { Publish, PublishAll } from "./handler.ts";
import type { OutboxEntry } from "./store/outbox-store.ts";

/** How publications join a transaction. */
export interface OutboxScopeOptions {
  /** The event being handled: publications name it as their cause. */
  readonly cause?: Envelope | undefined;
  /** Keeps publications in memory until `flush`, which stores all in one statement. Default: each is stored at once. */
  readonly buffer?: boolean | undefined;
}

/** Publishing with one transaction. Nothing leaves the database before its commit, and nothing at all without it. */
export interface OutboxScope {
  readonly publish: Publish;
  /** Sends a command with the transaction. */
  readonly send: Publish;
  /** Publishes with the same transaction, naming another event as the cause. */
  causedBy(cause: Envelope): Pick<OutboxScope, "publish" | "send" | "publishAll">;
  /** Stores several events in one statement. */
  readonly publishAll: PublishAll;
  /** Adds a message that is no publication of this service, such as a dead letter. */
  add(entry: OutboxEntry): Promise<void>;
  /**
   * Stores what is buffered, as the last statement before the commit, and with it where the database can. Later publications
   * and statements are refused.
   * @throws {ConcordError} `transaction_conflict`
   */
  flush(): Promise<void>;
  /** Says that the transaction is committed, so that the relay need not find out. */
  committed(): Promise<void>;
}

/** Publishes with the caller's own transactions. */
export interface Outbox<Tx = unknown> {
  /** @throws {ConcordError} `outside_transaction` without a transaction. */
  within(tx: Tx, options?: OutboxScopeOptions): OutboxScope;
}
