import type { OutgoingMessage, PublishAck, StoredMessage } from "./message.ts";

/** Every waiting call of a transport takes these. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** Hands messages to the broker. */
export interface Publisher {
  /** Largest body plus headers the broker takes, in bytes. 1 MiB before the first connection. */
  readonly maxPayloadBytes: number;
  /**
   * Resolves when the stream has stored the message. A repeated message id within the stream's dedupe window resolves
   * with `duplicate: true`. After a rejection the message may be stored all the same: repeat it with the same id.
   * Calls may run side by side; messages of one connection are stored in the order of the calls unless one fails.
   * @throws {ConcordError} `too_large`, `not_found` (no such stream), `resource_exhausted` (stream full),
   * `permission_denied`, `unavailable`, `deadline_exceeded`, `canceled`
   */
  publish(message: OutgoingMessage, options?: WaitOptions): Promise<PublishAck>;
  /**
   * Stores all messages of one stream or none. Only where {@link TransportFeatures.atomicBatch}.
   * @throws {ConcordError} as {@link publish}; `already_exists` when a message id is a repetition, then none is stored.
   */
  publishAtomically?(messages: readonly OutgoingMessage[], options?: WaitOptions): Promise<readonly PublishAck[]>;
}

/** What to read of a stream. */
export interface ReadRequest {
  /** The broker's name of the stream. */
  readonly stream: string;
  /** Subject filter with `*` and `>`. */
  readonly filter: string;
  /** Reading starts behind this sequence; 0 is the start of the stream. */
  readonly after: bigint;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Most messages in one batch. Default 256. */
  readonly maxBatch?: number;
}

/** What a service without a database consumes. */
export interface ConsumeRequest {
  /** The broker's name of the stream. */
  readonly stream: string;
  /** Name of the position that the broker keeps, shared by all replicas of a service. */
  readonly durable: string;
  /** Subject filter; a changed one replaces that of an existing durable, with a warning. */
  readonly filter: string;
  /** Messages delivered and not acknowledged, over all replicas. 1 keeps the order. */
  readonly maxAckPending: number;
  /** After this time without `extend` the broker delivers again, in milliseconds. */
  readonly ackWaitMs: number;
  readonly signal: AbortSignal;
  /** Told of anything an operator should know, such as a recreated durable. */
  readonly onWarning?: (warning: string) => void;
}

/** One delivery to an acknowledging consumer. */
export interface Delivery extends StoredMessage {
  /** How often the broker has delivered the message, this time included. */
  readonly deliveries: number;
  /** Says the message is done; resolves when the broker knows. */
  ack(): Promise<void>;
  /** Gives the message back, not to be delivered before `delayMs` milliseconds have passed. */
  retry(delayMs: number): Promise<void>;
  /** Says work goes on, so that `ackWaitMs` starts anew. */
  extend(): void;
}

/** Reads messages from the broker. */
export interface Subscriber {
  /**
   * Reads a stream like a log: batches of at least one message, in rising sequence, without gaps among what matches.
   * New messages follow as they come. Nothing is acknowledged. Pulling is the back-pressure.
   * Ends when the signal aborts.
   * @throws {ConcordError} `unavailable` when the connection or the order was lost: start again behind the last one.
   */
  read(request: ReadRequest): AsyncIterable<readonly StoredMessage[]>;
  /**
   * Delivers with acknowledgements: at least once, again after a `retry`, a missing ack or a crash. The durable is made
   * if missing, at the start of the stream. Ends when the signal aborts; what was not acknowledged goes to others.
   */
  consume(request: ConsumeRequest): AsyncIterable<readonly Delivery[]>;
}

/** A stream as the contracts want it. */
export interface StreamSpec {
  /** The broker's name, such as `evt-orders`. */
  readonly name: string;
  /** Subject filters that it keeps. */
  readonly subjects: readonly string[];
  /** Recorded with the stream, and never changed. */
  readonly partitions: number;
  readonly retentionMs: number;
  /** Default: what the broker's size suggests. */
  readonly replicas?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly maxMessages?: number | undefined;
  readonly dedupeWindowMs: number;
  /**
   * Recorded with the stream: the database behind it. A stream that another one has recorded is refused, for two services
   * of one name would take each other's events. Default: none is recorded, and any is accepted.
   */
  readonly owner?: string | undefined;
}

/** What {@link Transport.provision} did. */
export interface ProvisionReport {
  /** One sentence each: streams made and settings changed. Empty when all was as wanted. */
  readonly changes: readonly string[];
  /** One sentence each: what was left as it is, and why. */
  readonly warnings: readonly string[];
}

/** How the streams of a broker differ from those that contracts want. */
export interface StreamInspection {
  /** Names of wanted streams that are not there. */
  readonly missing: readonly string[];
  /** Streams with other settings, each with one sentence for each difference. */
  readonly different: readonly { readonly stream: string; readonly differences: readonly string[] }[];
  /** Names of streams that Concord has made, in whatever namespace, and that are not wanted. */
  readonly unwanted: readonly string[];
}

/** A stream as the broker keeps it. */
export interface StreamState {
  readonly name: string;
  /** First sequence still kept; 0 in a stream that never held a message, last + 1 in one that was emptied. */
  readonly firstSequence: bigint;
  readonly lastSequence: bigint;
  readonly messages: bigint;
  readonly partitions: number;
  /** When the stream was made, in milliseconds since the epoch: a recreated stream has another. */
  readonly createdAtMs: number;
}

/** What a broker can do beyond the basics. */
export interface TransportFeatures {
  /** {@link Publisher.publishAtomically} is there. */
  readonly atomicBatch: boolean;
  /** Several processes can be connected. */
  readonly shared: boolean;
}

/** Whether a transport works right now. */
export interface TransportHealth {
  readonly healthy: boolean;
  /** One sentence for an operator. */
  readonly detail: string;
}

/** A broker adapter: everything Concord needs of one. */
export interface Transport extends Publisher, Subscriber, AsyncDisposable {
  /** `nats`, `embedded`, … */
  readonly name: string;
  readonly features: TransportFeatures;
  /**
   * Makes the streams that are missing and brings the others up to what is wanted, where that loses nothing.
   * Several processes may do so at once.
   * @throws {ConcordError} `stream_conflict` (subjects overlap, partitions differ), `permission_denied`, `unavailable`
   */
  provision(streams: readonly StreamSpec[], options?: WaitOptions): Promise<ProvisionReport>;
  /** Compares the broker's streams with wanted ones and changes nothing; missing where an adapter cannot tell. */
  inspect?(wanted: readonly StreamSpec[], options?: WaitOptions): Promise<StreamInspection>;
  /** Tells a stream's state, undefined when there is none of that name. */
  streamState(stream: string, options?: WaitOptions): Promise<StreamState | undefined>;
  /** Reads one message, undefined when it is gone. */
  get(stream: string, sequence: bigint, options?: WaitOptions): Promise<StoredMessage | undefined>;
  /** Reads the first message behind a sequence whose subject the filter matches, undefined while there is none. */
  next(stream: string, filter: string, after: bigint, options?: WaitOptions): Promise<StoredMessage | undefined>;
  /** Deletes one message; nothing happens when it is gone. */
  remove(stream: string, sequence: bigint, options?: WaitOptions): Promise<void>;
  health(): TransportHealth;
  /** Waits for what is under way, then ends the connection. */
  close(): Promise<void>;
}
