import type { DescMessage, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { EventContract } from "./contract/event-contract.ts";
import type { Envelope, EnvelopeTime } from "./envelope/envelope.ts";
import type { Log } from "./log.ts";
import type { StoredMessage } from "./message.ts";

/** What may be said about one publication besides its data. */
export interface PublishOptions {
  /** Orders and partitions the event. Default: the contract's key field; an explicit key wins. */
  readonly key?: string;
  /** Names the business operation. Default: the contract's idempotency fields. */
  readonly idempotencyKey?: string;
  /** When the fact happened, in milliseconds since the epoch. Default: now. */
  readonly timeMs?: number;
  /** The same to the nanosecond; it wins over `timeMs`. */
  readonly time?: EnvelopeTime;
  /** Default: that of the event being handled, else the event's own id. */
  readonly correlationId?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What a publication is known by. */
export interface Published {
  /** The event's id, a UUIDv7. */
  readonly id: string;
}

/**
 * Publishes an event of a contract. With a database it is stored with the transaction and sent after the commit, in
 * commit order per key; without one it resolves when the broker has stored it.
 * @throws {ConcordError} `invalid_data` with all violations, `invalid_key`, `invalid_attribute`, `too_large`
 */
export type Publish = <Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
  options?: PublishOptions,
) => Promise<Published>;

/** Publishes events of one contract together, in the order given: with a database in one statement. */
export type PublishAll = <Desc extends DescMessage>(
  schema: Desc,
  inits: readonly MessageInitShape<Desc>[],
  options?: PublishOptions,
) => Promise<readonly Published[]>;

/** What a handler gets. */
export interface HandlerContext<Desc extends DescMessage = DescMessage, Db = unknown, Tx = unknown> {
  /** The event's message, valid by its contract. */
  readonly data: MessageShape<Desc>;
  readonly envelope: Envelope;
  /** The transaction that the handler's writes, its inbox row and its publications share. */
  readonly tx: Tx;
  /** The client outside the transaction. */
  readonly db: Db;
  /** Publishes an event with this transaction. */
  readonly publish: Publish;
  /** Sends a command with this transaction. */
  readonly send: Publish;
  /** Publishes several events of one contract with this transaction. */
  readonly publishAll: PublishAll;
  /** Aborts when the handler's time is up or the service stops waiting for it. */
  readonly signal: AbortSignal;
  /** 1 for the first run. */
  readonly attempt: number;
  readonly log: Log;
}

/**
 * Handles one event. Return: done. Throw: again later with backoff. `TerminalError`: dead letter at once.
 * `RetryLaterError`: not before its delay. Later events of the same key wait behind a waiting one.
 */
export type EventHandler<Desc extends DescMessage = DescMessage, Db = unknown, Tx = unknown> = (
  context: HandlerContext<Desc, Db, Tx>,
) => Promise<void> | void;

/** A message that was read, decoded and found to be handled here. */
export interface IncomingEvent {
  readonly message: StoredMessage;
  readonly envelope: Envelope;
  readonly contract: EventContract;
  readonly data: Message;
  /** How often it was redriven; 0 for an original. */
  readonly redrives: number;
}

/** One attempt to handle an event, as middlewares see it. */
export interface Attempt {
  readonly event: IncomingEvent;
  /** 1 for the first. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What the handler is given: the transaction, or nothing without a database. */
  readonly scope: AttemptScope;
}

/** The transactional surroundings of an attempt. */
export interface AttemptScope {
  readonly tx: unknown;
  readonly db: unknown;
  readonly publish: Publish;
  readonly send: Publish;
  readonly publishAll: PublishAll;
}

/** Runs one attempt: resolves when done, throws as a handler does. */
export type Handle = (attempt: Attempt) => Promise<void>;

/** Wraps a handler: retry, trace, validation and the like are middlewares. */
export type Middleware = (next: Handle) => Handle;

/** How a run of an event ended, for whoever schedules the next one. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "parked" }
  | { readonly kind: "dead" }
  /** Run again in `delayMs`; `counted` says whether the run was a failed attempt. */
  | { readonly kind: "retry"; readonly delayMs: number; readonly counted: boolean };
