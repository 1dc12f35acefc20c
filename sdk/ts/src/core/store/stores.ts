import type { CursorStore } from "./cursor-store.ts";
import type { IdempotencyStore } from "./idempotency-store.ts";
import type { IdentityStore } from "./identity-store.ts";
import type { InboxStore } from "./inbox-store.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { OutboxStore } from "./outbox-store.ts";
import type { AttemptStore, ParkingStore } from "./parking-store.ts";

/** All of Concord's tables in one service's database. */
export interface Stores<Tx = unknown> {
  readonly outbox: OutboxStore<Tx>;
  readonly inbox: InboxStore<Tx>;
  readonly cursor: CursorStore;
  readonly parking: ParkingStore<Tx>;
  readonly attempts: AttemptStore;
  readonly lease: LeaseStore;
  readonly identity: IdentityStore;
  readonly idempotency: IdempotencyStore<Tx>;
}

/** Brings a database's tables to the version this SDK needs. */
export interface Migrator {
  /**
   * Runs Concord's migrations, then the numbered `NNNN_name.sql` files of the given folder, each once, in order, under a
   * lock. Never destructive.
   * @returns names of the migrations that ran
   * @throws {ConcordError} `migration` when the database is newer or a file that ran was changed.
   */
  migrate(options?: {
    readonly folder?: URL | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly string[]>;
}
