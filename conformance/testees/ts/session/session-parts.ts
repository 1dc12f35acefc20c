import type { Clock, Log, Outbox, PartitionShare, Random, Sql } from "@concord/sdk";
import type { SessionFaults } from "./faults.ts";
import type { Points } from "./points.ts";
import type { PreparerOf } from "./preparer.ts";
import type { Runs } from "./runs.ts";
import type { Settings } from "./settings.ts";
import type { Storage } from "./storage.ts";

/** What the parts of a session are made of. */
export interface SessionParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly points: Points;
  readonly faults: SessionFaults;
  readonly runs: Runs;
  readonly preparerOf: PreparerOf;
  readonly storage: Storage | undefined;
  readonly outbox: Outbox<Sql> | undefined;
  /** Tells the relay of partitions with new rows. */
  readonly wake: (partitions: Iterable<number>) => void;
  /** Undefined: all partitions are this process's. */
  readonly share: PartitionShare | undefined;
}
