/** Names an event: two sources may draw the same id. */
export interface EventIdentity {
  readonly source: string;
  readonly id: string;
}

/** An event as its producer committed it, read from a table that the producer's own transaction appends to. */
export interface CommittedEvent extends EventIdentity {
  /** Full name of its message. */
  readonly type: string;
  /** Unset: no order is promised. */
  readonly key?: string | undefined;
  /** Rises in commit order among the events of one source and key. */
  readonly order: number;
  /** Names the business operation where the contract declares one: all its events have one effect together. */
  readonly operation?: string | undefined;
  /** The event whose handler's transaction this was, and the consumer that handled it. */
  readonly cause?: (EventIdentity & { readonly consumer: string }) | undefined;
  /** Whether it may become a dead letter. Default true. */
  readonly mayDie?: boolean | undefined;
  /** In milliseconds since the epoch. */
  readonly atMs?: number | undefined;
}

/** One run of a handler that left its mark, read from a table that the handler's own transaction appends to. */
export interface Effect extends EventIdentity {
  /** The consuming service. */
  readonly consumer: string;
  readonly key?: string | undefined;
  /** Rises in the order of the consumer's effects on one key. */
  readonly order: number;
  /** As in the envelope; unset without a key. */
  readonly sequence?: bigint | undefined;
  /** The event was a dead letter before, so its place in the order is gone. */
  readonly redriven?: boolean | undefined;
  /** In milliseconds since the epoch. */
  readonly atMs?: number | undefined;
}

/** An event that a consumer gave up, read from its dead letters. */
export interface DeadEvent extends EventIdentity {
  readonly consumer: string;
  readonly reason: string;
  /** How often it had been redriven before. Default 0. */
  readonly redrives?: number | undefined;
}

/** What a consumer's inbox says about an event. */
export interface InboxEntry extends EventIdentity {
  readonly consumer: string;
  readonly state: "done" | "parked" | "dead";
}

/** A message that a stream keeps, in the order of the stream. */
export interface StoredEvent extends EventIdentity {
  readonly stream: string;
  readonly sequence: bigint;
}

/** Who must handle which events. */
export interface Subscription {
  readonly consumer: string;
  /** Full names of the messages it handles. */
  readonly types: readonly string[];
  /** Events that each of its effects commits along; other numbers mean a torn transaction. Default: not checked. */
  readonly answersPerEffect?: number | undefined;
}

/** Something that must be empty once all is done, such as an outbox. */
export interface Queue {
  readonly name: string;
  readonly waiting: number;
}

/** A time during which nobody could expect progress, such as a broker's restart; in milliseconds since the epoch. */
export interface Disturbance {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Everything that happened, as databases and broker tell it after the work has come to rest. Nothing in it comes from what a
 * client believes: a client that died or lost its connection does not know whether its commit took place.
 */
export interface History {
  readonly subscriptions: readonly Subscription[];
  readonly commits: readonly CommittedEvent[];
  readonly effects: readonly Effect[];
  readonly dead: readonly DeadEvent[];
  /** Default: inboxes are not checked. */
  readonly inbox?: readonly InboxEntry[] | undefined;
  /** Default: streams are not checked. */
  readonly stored?: readonly StoredEvent[] | undefined;
  /** Dead events that somebody asked to run again: each has an effect or dies again. */
  readonly redriven?: readonly (EventIdentity & { readonly consumer: string })[] | undefined;
  /** Streams whose dedupe window covers everything: they keep no event twice. Default: not checked. */
  readonly dedupedStreams?: readonly string[] | undefined;
  /** Events that the broker acknowledged and then lost: what becomes of them is not promised. */
  readonly lostByBroker?: readonly EventIdentity[] | undefined;
  readonly queues?: readonly Queue[] | undefined;
  /** What no key may wait longer than, in milliseconds, while only others fail. Default: waits are not checked. */
  readonly waitBoundMs?: number | undefined;
  /** Keys whose own events failed, so that they had to wait. */
  readonly failingKeys?: readonly string[] | undefined;
  readonly disturbances?: readonly Disturbance[] | undefined;
}
