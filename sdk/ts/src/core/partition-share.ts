/** What somebody wants to do together with the other replicas of its service. */
export interface ShareRequest {
  /** What is shared: `relay`, or a consumer and stream. Replicas of one scope share its partitions. */
  readonly scope: string;
  /** Number of partitions in the scope, the same for all replicas. */
  readonly partitions: number;
  /** Told of each partition that is now this replica's. The signal aborts when it no longer is. */
  readonly onAcquired: (partition: number, signal: AbortSignal) => void;
  /**
   * Told after the signal aborted, and must not reject. A partition that is given up by choice goes to others when the
   * promise has resolved, so that they need not repeat work under way.
   */
  readonly onLost?: ((partition: number) => Promise<void> | void) | undefined;
}

/** A replica's part in the work. */
export interface ShareHolder {
  /** Takes part until the signal aborts, then gives everything back. Resolves when that is done. */
  run(signal: AbortSignal): Promise<void>;
}

/** Decides which partitions of a scope are this replica's: all of them, or those that it has leases for. */
export type PartitionShare = (request: ShareRequest) => ShareHolder;

/** Gives every partition to the one process that there is. */
export const wholeShare: PartitionShare = ({ partitions, onAcquired, onLost }) => ({
  async run(signal) {
    for (let partition = 0; partition < partitions; partition++) onAcquired(partition, signal);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.all(Array.from({ length: partitions }, (_, partition) => onLost?.(partition)));
  },
});
