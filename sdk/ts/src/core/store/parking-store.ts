import type { Headers } from "../message.ts";
import type { PartitionRef } from "./cursor-store.ts";

/** An event that waits in the database, with all that is needed to run it. */
export interface ParkedEvent extends PartitionRef {
  /** Names the row. */
  readonly id: bigint;
  /** Sequence in the stream; order within a key, behind all that were parked before the stream became another one. */
  readonly sequence: bigint;
  /** The event's key; events without one stand alone. */
  readonly key: string | undefined;
  readonly source: string;
  readonly eventId: string;
  readonly subject: string;
  readonly headers: Headers;
  /** Original bytes. */
  readonly body: Uint8Array;
  readonly storedAtMs: number;
  /** Runs that failed so far. */
  readonly attempts: number;
  /** How often it was redriven. */
  readonly redrives: number;
  /** Not run before this, by the database's clock, in milliseconds since the epoch. 0: as soon as it is first. */
  readonly dueAtMs: number;
}

/** An event that is about to wait. */
export type EventToPark = Omit<ParkedEvent, "id" | "dueAtMs">;

/** Keeps waiting events, so that they hold no handler slot and no other key. */
export interface ParkingStore<Tx = unknown> {
  /** Tells whether events of this key wait, read inside the transaction that is about to handle a later one. */
  isKeyParked(tx: Tx, ref: PartitionRef, key: string): Promise<boolean>;
  /** Gives those of some keys whose events wait, as {@link isKeyParked} would tell of each. */
  parkedKeys(tx: Tx, ref: PartitionRef, keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Adds an event. `delayMs` counts from now by the database's clock. */
  park(tx: Tx, event: EventToPark, delayMs: number): Promise<void>;
  /**
   * Locks and gives the lowest parked event of a key that is due, skipping keys that another session works on
   * (`FOR UPDATE SKIP LOCKED` on the head). Undefined when none is due. Keys are given about as they become due.
   */
  claimDue(tx: Tx, refs: readonly PartitionRef[]): Promise<ParkedEvent | undefined>;
  /** Keeps a claimed event for another run after `delayMs`, with its attempts. */
  postpone(tx: Tx, event: ParkedEvent, attempts: number, delayMs: number): Promise<void>;
  /** Takes out an event that is settled. */
  remove(tx: Tx, event: ParkedEvent): Promise<void>;
  /** Milliseconds until the next head is due; 0 when one is, undefined when none is parked. */
  nextDueInMs(refs: readonly PartitionRef[]): Promise<number | undefined>;
  /** Number of parked events of some partitions. */
  count(...refs: readonly PartitionRef[]): Promise<number>;
}

/** Counts runs of events that a session began and did not end, so that an event that kills the process ends as dead. */
export interface AttemptStore {
  /** Counts one more run of an event, committed before it runs, and gives the count. */
  begin(ref: PartitionRef, sequence: bigint): Promise<number>;
  /** Takes back what was counted of a run, because it came to an end. */
  takeBack(ref: PartitionRef, sequence: bigint): Promise<void>;
  /** Forgets the counts up to a sequence. */
  clear(ref: PartitionRef, upTo: bigint): Promise<void>;
}
