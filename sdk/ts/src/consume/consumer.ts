/** Which partitions of a stream a consumer works on. */
export interface PartitionStatus {
  /** The broker's name of the stream. */
  readonly stream: string;
  readonly partitions: readonly number[];
  /** Those not read, because too many of their events wait in the database. */
  readonly paused: readonly number[];
  /** Messages behind the last that was read, at most: those of types not handled here may be among them. */
  readonly unread: number;
  /** Messages read and not settled. */
  readonly unfinished: number;
}

/** How a consumer is doing. */
export interface ConsumerStatus {
  readonly streams: readonly PartitionStatus[];
  /** Messages not settled, at most. */
  readonly lag: number;
  /** Events that wait in the database; 0 without one. */
  readonly parked: number;
  /** Handlers that run now. */
  readonly running: number;
  /** True while it consumes. */
  readonly started: boolean;
}

/** Hands a service its events. */
export interface Consumer extends AsyncDisposable {
  /**
   * Begins to consume, and keeps trying when broker or database are away.
   * @param signal ends the consumer at once: what runs is aborted, and handled again later.
   * @throws {ConcordError} `config` when a handler is for what this service may not consume.
   */
  start(signal?: AbortSignal): Promise<void>;
  /**
   * Ends in order: reads nothing more, finishes what runs, stores the positions, gives its partitions back (trap T18). What
   * has not finished after `timeoutMs` (default 10,000) is aborted and handled again later, without an attempt counted.
   */
  drain(timeoutMs?: number): Promise<void>;
  /** Feeds `/health/ready`. */
  status(): Promise<ConsumerStatus>;
}
