import type { PartitionRef } from "./cursor-store.ts";

/** What one consumer has done with one event. */
export type InboxState = "done" | "parked" | "dead";

/** Names one event for one consumer. */
export interface InboxRef {
  /** The consuming service. */
  readonly consumer: string;
  readonly source: string;
  readonly eventId: string;
  /**
   * Time in the envelope, in milliseconds since the epoch: by it an event whose id holds no time is too old or not. Default:
   * now, so that such an event is never too old.
   */
  readonly timeMs?: number | undefined;
}

/** Names a key whose events may wait in the database. */
export interface ParkedKeyRef extends PartitionRef {
  readonly key: string;
}

/** What {@link InboxStore.claim} found. */
export type InboxClaim =
  /**
   * The row was not there; it is now, as `done`, once the transaction commits. `keyParked` tells whether events of the key
   * asked about wait, as `ParkingStore.isKeyParked` would; unset when none was asked about.
   */
  | { readonly kind: "claimed"; readonly keyParked?: boolean }
  /** Another transaction got there before. */
  | { readonly kind: "duplicate"; readonly state: InboxState; readonly redrives: number }
  /** The event's day was dropped, so nobody can tell whether it was handled. */
  | { readonly kind: "too_old" };

/** Names one business operation for one consumer. */
export interface OperationRef {
  readonly consumer: string;
  readonly source: string;
  readonly type: string;
  readonly idempotencyKey: string;
}

/** The streams that a service reads. */
export interface StreamReads {
  /** The consuming service. */
  readonly consumer: string;
  /** The broker's names. */
  readonly streams: readonly string[];
}

/** Size of an inbox. */
export interface InboxStatus {
  readonly rows: number;
  readonly operations: number;
  /** First day kept, `YYYY-MM-DD`; undefined while nothing was dropped. */
  readonly oldestDay: string | undefined;
}

/** Remembers which events a consumer has handled, in the same transactions as their effects. */
export interface InboxStore<Tx = unknown> {
  /**
   * Inserts the event's row as the first statement of the handler's transaction. A concurrent claim of the same event
   * waits for this transaction's end and then finds a duplicate, or claims it when this one rolled back.
   * @param key Asks in the same statement whether earlier events of the key wait. That they do is known before: whoever
   *   claims an event has settled those before it, so a snapshot from before the wait for a concurrent claim is no older.
   */
  claim(tx: Tx, ref: InboxRef, key?: ParkedKeyRef): Promise<InboxClaim>;
  /**
   * Claims several events in one statement and answers for each, in the order given, as {@link claim} would one after the
   * other: of an event that is named twice the second is a duplicate. Rows are taken in one order for all, so that two
   * transactions that claim the same events wait for each other and never in a circle.
   */
  claimAll(tx: Tx, refs: readonly InboxRef[]): Promise<readonly InboxClaim[]>;
  /** Changes the state of a claimed row. */
  setState(tx: Tx, ref: InboxRef, state: InboxState): Promise<void>;
  /**
   * Claims a business operation; false when another event of it was handled before. The same event claims it again
   * after a redrive.
   */
  claimOperation(tx: Tx, ref: OperationRef, eventId: string): Promise<boolean>;
  /**
   * Takes a dead event back to `parked` for its redrive number `redrive`; false when it is not dead or was redriven that
   * often already, so that a redrive sent twice is harmless (trap T38).
   * @param options `again`: a handled event is taken back too, for a replay that repeats effects. Default false.
   */
  reopen(tx: Tx, ref: InboxRef, redrive: number, options?: { readonly again?: boolean }): Promise<boolean>;
  /**
   * Drops days before `beforeMs` that every cursor in use has passed, and prunes the rows of foreign ids.
   * @param reads What the caller reads. A cursor of another stream is in use until it was in nobody's `reads` since
   *   `beforeMs`: a service that stopped reading a stream keeps its inbox for as long again, no longer. Without it all are.
   * @returns rows dropped
   */
  prune(beforeMs: number, reads?: StreamReads): Promise<number>;
  status(): Promise<InboxStatus>;
}
