import { type Clock, systemClock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import { type Log, silentLog } from "../core/log.ts";
import type { PartitionShare, ShareHolder, ShareRequest } from "../core/partition-share.ts";
import type { Probe } from "../core/probe.ts";
import type { LeaseStore, LeaseView } from "../core/store/lease-store.ts";
import type { LeaseChange, LeaseTally } from "./lease-tally.ts";

/** What a replica needs in order to share partitions with the others of its service. */
export interface LeaseOptions {
  readonly store: LeaseStore;
  /** Names this replica; unique per process. */
  readonly owner: string;
  /** Time without a heartbeat after which others take over, in milliseconds. Default 10,000. */
  readonly ttlMs?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
  /** Counts what happens to the leases. Default: nobody does. */
  readonly tally?: LeaseTally | undefined;
  readonly probe?: Probe | undefined;
}

/** A replica's share of the partitions of one scope. */
export interface LeaseHolder extends ShareHolder, AsyncDisposable {
  /** Partitions held now, each with the signal that aborts on its loss. */
  readonly held: ReadonlyMap<number, AbortSignal>;
  /** Replicas alive at the last heartbeat, this one included; 0 before the first. */
  readonly members: number;
  /** Gives everything back and ends {@link run}. */
  close(): Promise<void>;
}

/**
 * Holds a fair share of partitions under leases, with a heartbeat every third of their time. A lease ends here when its
 * time has passed since *before* its renewal was sent, so never later than in the database. Losing one only means that
 * work may be repeated by another (delivery.md section 1).
 */
export function createLeaseHolder(options: LeaseOptions & ShareRequest): LeaseHolder {
  const { store, scope, partitions, owner, ttlMs = 10_000, clock = systemClock, onAcquired, onLost, probe } = options;
  const note = (change: LeaseChange) => options.tally?.note(scope, change);
  const log = (options.log ?? silentLog).child({ scope, owner });
  const held = new Map<number, AbortController>();
  const signals = new Map<number, AbortSignal>();
  const givingBack = new Map<number, Promise<void>>();
  const stop = new AbortController();
  let members = 0;
  let expiresAtMs = 0;
  let running: Promise<void> | undefined;

  return {
    held: signals,
    get members() {
      return members;
    },
    run(signal) {
      running ??= hold(AbortSignal.any([signal, stop.signal]));
      return running;
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  async function close(): Promise<void> {
    stop.abort();
    await running;
  }

  async function hold(signal: AbortSignal): Promise<void> {
    const watching = watchExpiry(signal);
    const stopped = aborted(signal);
    try {
      while (!signal.aborted) {
        await Promise.race([beat(signal), stopped]);
        await clock.sleep(nextBeatMs(), signal).catch(() => {});
      }
    } finally {
      stop.abort();
      await watching;
    }
    await leave();
  }

  /** A heartbeat that fails or hangs costs nothing until the time is up; then {@link watchExpiry} ends the work. */
  async function beat(signal: AbortSignal): Promise<void> {
    const sentAtMs = clock.now();
    const view = await balance();
    if (!view) return;
    if (probe) await probe.reach("lease.renew");
    expiresAtMs = sentAtMs + ttlMs;
    members = view.members;
    if (!signal.aborted) await adopt(view);
  }

  async function balance(): Promise<LeaseView | undefined> {
    try {
      return await store.balance({ scope, partitions, owner, ttlMs, held: [...held.keys()] });
    } catch (error) {
      log.warn({ err: error }, "lease heartbeat failed");
      return undefined;
    }
  }

  async function adopt(view: LeaseView): Promise<void> {
    const ours = new Set([...view.held, ...view.acquired]);
    for (const partition of [...held.keys()]) {
      if (!ours.has(partition)) void lose(partition, "lost", "another replica holds it");
    }
    if (probe && view.acquired.length > 0) await probe.reach("lease.acquire");
    for (const partition of ours) acquire(partition);
    for (const partition of [...held.keys()].slice(fairShare(partitions, members))) void giveBack(partition);
  }

  function acquire(partition: number): void {
    if (held.has(partition) || givingBack.has(partition)) return;
    const controller = new AbortController();
    held.set(partition, controller);
    signals.set(partition, controller.signal);
    note("acquired");
    log.debug({ partition }, "lease acquired");
    onAcquired(partition, controller.signal);
  }

  /** Beside the heartbeat, so that work which is slow to end cannot cost the other partitions. */
  function giveBack(partition: number): Promise<void> {
    const ending = lose(partition, "released", "given to another replica")
      .then(() => store.release(scope, owner, [partition]))
      .catch((error) => log.warn({ err: error, partition }, "lease could not be given back"))
      .finally(() => givingBack.delete(partition));
    givingBack.set(partition, ending);
    return ending;
  }

  async function lose(partition: number, change: LeaseChange, why: string): Promise<void> {
    const controller = held.get(partition);
    if (!controller) return;
    held.delete(partition);
    signals.delete(partition);
    note(change);
    log.debug({ partition, change, why }, "lease ended");
    controller.abort(new ConcordError("lease_lost", `partition ${partition} of ${scope}: ${why}`));
    await onLost?.(partition);
  }

  async function watchExpiry(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const leftMs = held.size > 0 ? expiresAtMs - clock.now() : ttlMs;
      if (leftMs > 0) await clock.sleep(leftMs, signal).catch(() => {});
      else for (const partition of [...held.keys()]) void lose(partition, "lost", "it was not renewed in time");
    }
  }

  /** A replica that waits for its share asks more often, so that a new one starts in seconds. */
  function nextBeatMs(): number {
    const guaranteed = Math.max(0, partitions - fairShare(partitions, members) * (members - 1));
    return held.size < guaranteed ? ttlMs / 10 : ttlMs / 3;
  }

  async function leave(): Promise<void> {
    await Promise.all([...held.keys()].map((partition) => lose(partition, "released", "the replica stops")));
    await Promise.all(givingBack.values());
    try {
      await store.leave(scope, owner);
    } catch (error) {
      log.warn({ err: error }, "leases could not be given back; others wait for their expiry");
      return;
    }
    if (probe) await probe.reach("lease.release");
  }
}

/** Shares every scope that it is asked for by leases in the service's database. */
export function createLeasedShare(options: LeaseOptions): PartitionShare {
  return (request) => createLeaseHolder({ ...options, ...request });
}

/** Most partitions that one of `members` replicas holds. */
export function fairShare(partitions: number, members: number): number {
  return Math.ceil(partitions / Math.max(1, members));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
