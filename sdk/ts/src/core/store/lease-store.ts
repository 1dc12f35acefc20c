/** The right to work on one partition, for a while. It saves work; correctness does not depend on it. */
export interface LeaseRef {
  /** What is shared: `relay`, or a consumer and stream. */
  readonly scope: string;
  readonly partition: number;
}

/** What {@link LeaseStore.balance} answers. */
export interface LeaseView {
  /** Replicas alive in the scope, this one included. */
  readonly members: number;
  /** Partitions this owner holds now. */
  readonly held: readonly number[];
  /** Partitions taken from the free or expired ones in this call. */
  readonly acquired: readonly number[];
  /** Partitions that this owner thought it held and that another has. */
  readonly lost: readonly number[];
}

/** Shares partitions among replicas through the service's database, by the database's clock (trap T19). */
export interface LeaseStore {
  /**
   * One heartbeat: says the owner is alive, renews what it holds, takes free or expired partitions up to its fair share
   * ceil(partitions / members), in one transaction.
   */
  balance(request: {
    readonly scope: string;
    readonly partitions: number;
    readonly owner: string;
    readonly ttlMs: number;
    readonly held: readonly number[];
  }): Promise<LeaseView>;
  /** Gives partitions back, so that others need not wait for their expiry. */
  release(scope: string, owner: string, partitions: readonly number[]): Promise<void>;
  /** Says the owner is gone, giving back all it holds in the scope. */
  leave(scope: string, owner: string): Promise<void>;
  /** Owners by partition, for tools. */
  list(scope: string): Promise<readonly (LeaseRef & { readonly owner: string; readonly expiresInMs: number })[]>;
}
