/** Names one call for all its repetitions. */
export interface CallRef {
  /** Full name, such as `shop.orders.v1.OrderService/CreateOrder`. */
  readonly method: string;
  /** Who calls; empty where calls are not authenticated. */
  readonly caller: string;
  /** Given by the caller. */
  readonly key: string;
}

/** What is remembered of a call. */
export interface CallRecord {
  /** SHA-256 of the request in hex, to see that a key is used for one request only. */
  readonly requestHash: string;
  /** The first answer; undefined while there is none. */
  readonly answer: Uint8Array | undefined;
}

/** What is remembered of one transaction of a call. */
export interface StepRecord {
  readonly requestHash: string;
  /** What the transaction gave to its method. */
  readonly result: Uint8Array | undefined;
}

/** What a first run states. */
export interface CallClaim {
  readonly requestHash: string;
  /** How long the call is remembered, in milliseconds from now. */
  readonly retentionMs: number;
}

/** Remembers RPC calls by their idempotency keys, in the same transactions as their effects. */
export interface IdempotencyStore<Tx = unknown> {
  /** Looks a call up; one that expired counts as unknown. */
  find(ref: CallRef): Promise<CallRecord | undefined>;
  /**
   * Claims one transaction of a call as its first statement; undefined when this is the first to do so. A concurrent claim
   * waits for the transaction's end and then finds what it did, or claims it when it rolled back.
   * @param step 0 for the first transaction of the call.
   */
  claim(tx: Tx, ref: CallRef, step: number, claim: CallClaim): Promise<StepRecord | undefined>;
  /** Keeps what a claimed transaction gives to its method, with the transaction. */
  record(tx: Tx, ref: CallRef, step: number, result: Uint8Array): Promise<void>;
  /** Keeps the answer of a call unless there is one. @returns the answer that is kept */
  settle(ref: CallRef, claim: CallClaim, answer: Uint8Array): Promise<Uint8Array>;
  /** Drops calls that expired. @returns rows dropped */
  prune(): Promise<number>;
}
