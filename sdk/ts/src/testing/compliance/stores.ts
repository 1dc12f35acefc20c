import { describe } from "vitest";
import { attempts } from "./stores/attempts.ts";
import type { StoreComplianceOptions } from "./stores/bed.ts";
import { cursor } from "./stores/cursor.ts";
import { idempotency } from "./stores/idempotency.ts";
import { inbox } from "./stores/inbox.ts";
import { inboxDays } from "./stores/inbox-days.ts";
import { lease } from "./stores/lease.ts";
import { migrations } from "./stores/migrations.ts";
import { operations } from "./stores/operations.ts";
import { outbox } from "./stores/outbox.ts";
import { parking } from "./stores/parking.ts";
import { quarantine } from "./stores/quarantine.ts";

export type { StoreBed, StoreComplianceOptions } from "./stores/bed.ts";

/** The acceptance suite of the stores' ports: every database passes it, through every client. */
export function storeCompliance<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  describe(`stores in ${options.name}`, () => {
    outbox(options);
    quarantine(options);
    inbox(options);
    inboxDays(options);
    operations(options);
    cursor(options);
    parking(options);
    attempts(options);
    lease(options);
    idempotency(options);
    migrations(options);
  });
}
