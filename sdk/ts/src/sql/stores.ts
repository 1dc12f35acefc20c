import type { Stores } from "../core/store/stores.ts";
import { createAttemptStore } from "./attempt-store.ts";
import { createCursorStore } from "./cursor-store.ts";
import { createIdempotencyStore } from "./idempotency-store.ts";
import { createIdentityStore } from "./identity-store.ts";
import { createInboxStore, type InboxDays } from "./inbox-store.ts";
import { createLeaseStore } from "./lease-store.ts";
import { createOutboxStore, type OutboxParts } from "./outbox-store.ts";
import { createParkingStore } from "./parking-store.ts";
import type { StoreContext } from "./store-context.ts";

/** Puts the stores together that both databases share, with the parts that only one of them has. */
export function createStores<Db, Tx>(
  context: StoreContext<Db, Tx>,
  parts: { readonly outbox: OutboxParts<Tx>; readonly days: InboxDays },
): Stores<Tx> {
  return {
    outbox: createOutboxStore(context, parts.outbox),
    inbox: createInboxStore(context, parts.days),
    cursor: createCursorStore(context),
    parking: createParkingStore(context),
    attempts: createAttemptStore(context),
    lease: createLeaseStore(context),
    identity: createIdentityStore(context),
    idempotency: createIdempotencyStore(context),
  };
}
