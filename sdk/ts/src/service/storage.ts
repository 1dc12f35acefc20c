import type { Clock, Random } from "../core/clock.ts";
import type { Database } from "../core/database.ts";
import type { Log } from "../core/log.ts";
import type { Outbox } from "../core/outbox.ts";
import { type PartitionShare, wholeShare } from "../core/partition-share.ts";
import type { EventPreparer } from "../core/prepare-event.ts";
import type { Probe } from "../core/probe.ts";
import type { Stores } from "../core/store/stores.ts";
import { createLeasedShare } from "../lease/lease-holder.ts";
import { createLeaseTally, type LeaseTally } from "../lease/lease-tally.ts";
import { createOutbox } from "../outbox/outbox.ts";
import type { BrokerLink } from "./broker-link.ts";
import type { ServiceConfig } from "./config.ts";

/** What a service with a database has beyond one without. */
export interface Storage {
  readonly database: Database<unknown, unknown>;
  readonly stores: Stores;
  readonly outbox: Outbox;
  /** Which partitions are this replica's: all of a file that no other process can open, else those it has leases for. */
  readonly share: PartitionShare;
  /** What happened to its leases. */
  readonly leases: Pick<LeaseTally, "counts">;
}

/** What {@link createStorage} is made from. */
export interface StorageOptions {
  readonly database: Database<unknown, unknown>;
  readonly stores: Stores;
  readonly preparer: EventPreparer;
  readonly link: BrokerLink;
  readonly config: ServiceConfig;
  /** Names this replica. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly probe: Probe | undefined;
}

/** Puts an outbox and the sharing of partitions on a database. */
export function createStorage(options: StorageOptions): Storage {
  const { database, stores, preparer, link, config, owner, clock, log, probe } = options;
  const wake = (partitions: Iterable<number>) => link.relay?.wake(partitions);
  const tally = createLeaseTally();
  const leases = { store: stores.lease, owner, ttlMs: config.leaseMs, clock, log, tally, probe };
  return {
    database,
    stores,
    outbox: createOutbox({ store: stores.outbox, preparer, wake, probe }),
    share: database.dialect === "sqlite" ? wholeShare : createLeasedShare(leases),
    leases: tally,
  };
}
