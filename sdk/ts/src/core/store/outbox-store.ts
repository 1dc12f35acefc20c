import type { Headers } from "../message.ts";

/** Number of partitions that every service's outbox is relayed in. Fixed: rows are stored with theirs. */
export const outboxPartitions = 16;

/** A message to be stored with the business rows that it speaks of. */
export interface OutboxEntry {
  /** FNV-1a 32 of the escaped key, without a key of the event id, modulo {@link outboxPartitions}. */
  readonly partition: number;
  /** Entries of one key are sent in the order of their commits. Unset: no order. */
  readonly key?: string | undefined;
  /** The broker's name of the stream it goes to. */
  readonly stream: string;
  readonly subject: string;
  readonly messageId: string;
  readonly headers: Headers;
  /** For people who look at the table. */
  readonly type: string;
  /** For people who look at the table. */
  readonly eventId: string;
  /** The whole body, or with a `tail` its part before the sequence. */
  readonly head: Uint8Array;
  /** The body behind the sequence. When set, the store writes `head`, envelope field 6 with the row's id, `tail`. */
  readonly tail?: Uint8Array | undefined;
}

/** An entry that waits to be sent. */
export interface OutboxRow {
  /** Rises per key in commit order. */
  readonly id: bigint;
  readonly partition: number;
  readonly key: string | undefined;
  readonly stream: string;
  readonly subject: string;
  readonly messageId: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** How often sending it failed for a reason of its own. */
  readonly attempts: number;
}

/** A row that can never be sent, for people who repair it. */
export interface QuarantinedRow {
  readonly id: bigint;
  readonly key: string | undefined;
  readonly type: string;
  readonly eventId: string;
  readonly subject: string;
  readonly attempts: number;
  /** Error code and message of the last attempt. */
  readonly cause: string;
  readonly quarantinedAtMs: number;
}

/** How full an outbox is. */
export interface OutboxStatus {
  readonly waiting: number;
  readonly quarantined: number;
  /** Age of the oldest row that waits, in milliseconds; 0 without rows. */
  readonly oldestAgeMs: number;
  /** Age of the oldest transaction open in the database, in milliseconds; 0 where the database cannot tell (trap T2). */
  readonly oldestTransactionAgeMs: number;
  /** Rows that are gone and whose space vacuum has not freed; 0 where the database cannot tell (trap T30). */
  readonly deadRows: number;
}

/**
 * Keeps messages between the commit of a producer and the broker's acknowledgement. `Tx` is the user's own transaction.
 */
export interface OutboxStore<Tx = unknown> {
  /**
   * Stores entries in one statement of the given transaction and gives their ids, in order. The locks of the keys are
   * held before ids are drawn, in one order for all, so that ids of a key rise in commit order (delivery.md section 2).
   * @param options `isLast`: nothing follows in the transaction, which may be committed with it; it may give no ids. Default
   *   false.
   * @throws {ConcordError} `transaction_conflict`
   */
  insert(
    tx: Tx,
    entries: readonly OutboxEntry[],
    options?: { readonly isLast?: boolean | undefined },
  ): Promise<readonly bigint[]>;
  /**
   * Reads committed rows of one partition in the order of their ids, always from the lowest: a row of a smaller id may
   * become visible later, so there is no position to read on from (trap T1). Rows in quarantine and rows behind one of
   * their key are left out, without scanning them again at every call.
   * @param skipKeys Rows of these keys are left out too: a session waits before it tries them again. Keyless rows stay.
   */
  read(partition: number, limit: number, skipKeys?: readonly string[]): Promise<readonly OutboxRow[]>;
  /** Deletes rows that the broker has acknowledged. Any session may; missing rows are no fault. */
  delete(ids: readonly bigint[]): Promise<void>;
  /** Counts a failed attempt with its cause. */
  recordFailure(id: bigint, cause: string): Promise<void>;
  /** Puts a row aside with its cause: only the later rows of its key wait behind it. */
  quarantine(id: bigint, cause: string): Promise<void>;
  /** Lists quarantined rows in the order of their ids. */
  listQuarantined(limit: number): Promise<readonly QuarantinedRow[]>;
  /** Lets a quarantined row and those behind it be sent again. False when there is no such row. */
  release(id: bigint): Promise<boolean>;
  /** Deletes a quarantined row, so that those behind it are sent. False when there is no such row. */
  drop(id: bigint): Promise<boolean>;
  status(): Promise<OutboxStatus>;
  /** Partitions that have rows to send. */
  pendingPartitions(): Promise<readonly number[]>;
}
