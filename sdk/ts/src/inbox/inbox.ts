import type { Random } from "../core/clock.ts";
import type { EventContract } from "../core/contract/event-contract.ts";
import type { RetryPolicy } from "../core/contract/retry-policy.ts";
import type { Database } from "../core/database.ts";
import type { Handle, IncomingEvent, Outcome } from "../core/handler.ts";
import { type Log, silentLog } from "../core/log.ts";
import type { StoredMessage } from "../core/message.ts";
import type { Outbox } from "../core/outbox.ts";
import type { Probe } from "../core/probe.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { Stores } from "../core/store/stores.ts";
import { applyRedrive, rejectMessage } from "./apply-redrive.ts";
import { bury } from "./bury.ts";
import { createDatabaseTrouble } from "./database-trouble.ts";
import { type AttemptState, isDatabaseFailure } from "./handler-transaction.ts";
import { eventRef } from "./identity.ts";
import type { InboxParts } from "./inbox-parts.ts";
import { parkEvent, type Wait } from "./park-event.ts";
import { type BatchEnding, type BatchState, processBatch } from "./process-batch.ts";
import { infrastructureDelayMs, processEvent } from "./process-event.ts";
import { type ParkedRun, type ParkedState, runParked } from "./run-parked.ts";

/** Time that a transaction may be idle beyond its handler's timeout, in milliseconds. */
const idleMarginMs = 1_000;

/** What an inbox needs. */
export interface InboxOptions<Db, Tx> {
  /** The consuming service: part of every inbox row's identity. */
  readonly service: string;
  /** Prefix that keeps systems on one broker apart. Default none. */
  readonly namespace?: string | undefined;
  readonly database: Database<Db, Tx>;
  readonly stores: Pick<Stores<Tx>, "inbox" | "parking">;
  /** Takes what handlers publish, and dead letters, into the same transaction. */
  readonly outbox: Outbox<Tx>;
  /** Reads a message that was parked or is redriven; undefined when its type is not handled. */
  readonly decode: (message: StoredMessage) => IncomingEvent | undefined;
  /** Waits longer than this are kept in the database, in milliseconds. Default 1,000: below, parking costs more. */
  readonly parkAboveMs?: number | undefined;
  /** Overrides what the contracts say about retries. Default: nothing. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /**
   * Longest time that a handler may take, in milliseconds. Default 30,000. Its transaction may be idle a second longer,
   * then the database frees its rows, so that a frozen process holds up nobody (trap T31).
   */
  readonly handlerTimeoutMs?: number | undefined;
  readonly random: Random;
  /** Default: writes nothing. */
  readonly log?: Log | undefined;
  readonly probe?: Probe | undefined;
}

/** Settles events in the service's own database: effects exactly once, order per key. */
export interface Inbox {
  /**
   * Makes one attempt at an event. Callers hand over one key's events in order, each after the one before was settled.
   * @throws whatever is no verdict about the event, such as a fault in the tables; the event may then be tried again.
   */
  process(event: IncomingEvent, handle: Handle, state: AttemptState): Promise<Outcome>;
  /**
   * Makes the first attempt at several events of one partition in one transaction, in the order given. `refused` leaves no
   * trace, and each event is then to be handed to {@link process}.
   */
  processBatch(events: readonly IncomingEvent[], handle: Handle, state: BatchState): Promise<BatchEnding>;
  /** Makes a dead letter of a message that `decodeMessage` refused. */
  reject(message: StoredMessage, error: unknown): Promise<Outcome>;
  /** Gives an event up whose attempts are used up without a run, because they never ended. */
  exhaust(event: IncomingEvent, attempts: number): Promise<Outcome>;
  /** Puts an event into the database without running it: the later ones of its key wait there behind it. */
  park(event: IncomingEvent, wait: Wait): Promise<Outcome>;
  /** Runs the lowest due event of one parked key; undefined when none is due. */
  runParked(refs: readonly PartitionRef[], handle: Handle, state: ParkedState): Promise<ParkedRun | undefined>;
  /** Takes a dead event back for another run, see `redriveMessage`. */
  applyRedrive(message: StoredMessage): Promise<Outcome>;
  /** Tells whether an event has been settled, leaving no trace. */
  isSettled(event: IncomingEvent): Promise<boolean>;
}

/** Makes the inbox of a service on its database. */
export function createInbox<Db, Tx>(options: InboxOptions<Db, Tx>): Inbox {
  const parts = resolveParts(options);
  return {
    process: (event, handle, state) => orAgain(parts, () => processEvent(parts, event, handle, state)),
    processBatch: (events, handle, state) => processBatch(parts, events, handle, state),
    reject: (message, error) => orAgain(parts, () => rejectMessage(parts, message, error)),
    exhaust: (event, attempts) => orAgain(parts, () => exhaust(parts, event, attempts)),
    park: (event, wait) => orAgain(parts, () => parkEvent(parts, event, wait)),
    runParked: (refs, handle, state) => runParked(parts, refs, handle, state),
    applyRedrive: (message) => orAgain(parts, () => applyRedrive(parts, message)),
    isSettled: (event) => isSettled(parts, event),
  };
}

function resolveParts<Db, Tx>(options: InboxOptions<Db, Tx>): InboxParts {
  const { service, namespace, decode, parkAboveMs = 1_000, handlerTimeoutMs = 30_000, random, probe } = options;
  const idleTimeoutMs = probe?.without("no-idle-timeout") ? undefined : handlerTimeoutMs + idleMarginMs;
  // The user's own client types come in here and go out to the handler; in between nothing looks at them.
  const database = options.database as unknown as Database<unknown, unknown>;
  return {
    service,
    namespace,
    database: withIdleTimeout(database, idleTimeoutMs),
    stores: options.stores as unknown as InboxParts["stores"],
    outbox: options.outbox as Outbox,
    decode,
    parkAboveMs,
    random,
    trouble: createDatabaseTrouble(options.log ?? silentLog),
    probe,
    retryOf: (contract: EventContract) => ({ ...contract.retry, ...options.retry }),
    reach: async (point) => probe?.reach(point),
  };
}

/** Every transaction of an inbox holds rows that other sessions wait for, those without a handler too (trap T31). */
function withIdleTimeout<Db, Tx>(database: Database<Db, Tx>, idleTimeoutMs: number | undefined): Database<Db, Tx> {
  return {
    ...database,
    transaction: (run, options) => database.transaction(run, { idleTimeoutMs, ...options }),
  };
}

/** A database that is away or that chose a victim says nothing about the event: the same again, no attempt counted. */
async function orAgain(parts: InboxParts, settle: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await settle();
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    parts.trouble.begin(error);
    return { kind: "retry", delayMs: parts.random() * infrastructureDelayMs, counted: false };
  }
}

async function exhaust(parts: InboxParts, event: IncomingEvent, attempts: number): Promise<Outcome> {
  const { message, redrives } = event;
  const burial = { message, reason: "exhausted", error: "exhausted", attempts, redrives } as const;
  return bury(parts, eventRef(parts.service, event), burial);
}

async function isSettled({ database, stores, service }: InboxParts, event: IncomingEvent): Promise<boolean> {
  const rollBack = Symbol("the row was not there");
  try {
    await database.transaction(async (tx) => {
      if ((await stores.inbox.claim(tx, eventRef(service, event))).kind === "claimed") throw rollBack;
    });
    return true;
  } catch (thrown) {
    if (thrown === rollBack) return false;
    throw thrown;
  }
}
