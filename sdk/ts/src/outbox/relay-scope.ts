import type { Clock, Random } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { OutboxStore } from "../core/store/outbox-store.ts";
import type { Transport } from "../core/transport.ts";
import type { PausePolicy, RelayPauses } from "./relay-pause.ts";
import type { RelayProbe } from "./relay-probe.ts";
import type { SendWindow } from "./send-window.ts";

/** What the partitions of one relay share. */
export interface RelayScope {
  readonly store: Pick<OutboxStore, "read" | "delete" | "recordFailure" | "quarantine">;
  readonly transport: Pick<Transport, "features" | "publish"> & {
    readonly publishAtomically?: Transport["publishAtomically"] | undefined;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly probe: RelayProbe;
  /** Messages on their way to the broker. */
  readonly window: SendWindow;
  /** Reads and deletions under way in the database. */
  readonly storeWindow: SendWindow;
  readonly pauses: RelayPauses;
  /** Waits between the attempts of a row that fails for a reason of its own. */
  readonly retry: PausePolicy;
  /** Failures of a row's own before it is put aside. */
  readonly maxAttempts: number;
  /** Least rows of an atomic batch. Unset: what was measured to pay. */
  readonly minBatchRows: number | undefined;
  readonly counts: RelayCounts;
}

/** What a relay has done since it was made. */
export interface RelayCounts {
  /** Rows that the broker acknowledged, repetitions included. */
  published: number;
  /** Of these, repetitions that the broker dropped. */
  duplicates: number;
  /** Sends that failed. */
  failed: number;
  /** Rows put aside. */
  quarantined: number;
}
