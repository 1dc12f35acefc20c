import type { InboxRef } from "../core/store/inbox-store.ts";
import { toDay, toInboxId, toIndexed } from "./inbox-id.ts";
import type { StoreContext } from "./store-context.ts";

/** The primary key of an event's row: consumer, source, event id, day. */
export type InboxKey = readonly [consumer: string, source: string, eventId: string, day: number];

/** What of a context an event's key depends on. */
type KeyContext = Pick<StoreContext, "clock" | "probe">;

/** Gives an event's primary key. */
export function toInboxKey({ probe, clock }: KeyContext, ref: InboxRef): InboxKey {
  const { uuid, timeMs } = toInboxId(ref.eventId);
  const dayMs = probe?.without("day-by-arrival") ? clock.now() : timeMs;
  return [
    probe?.without("inbox-without-consumer") ? "" : ref.consumer,
    probe?.without("inbox-without-source") ? "" : toIndexed(ref.source),
    uuid,
    dayMs === undefined ? 0 : toDay(dayMs),
  ];
}

/** The time by which an event is too old or not, in milliseconds since the epoch: that in its id, else its envelope's. */
export function toEventTimeMs({ clock }: KeyContext, { eventId, timeMs }: InboxRef): number {
  return toInboxId(eventId).timeMs ?? timeMs ?? clock.now();
}

/** The day that is compared with the first one that is kept. */
export function toAgeDay({ probe }: KeyContext, timeMs: number): number {
  return probe?.without("too-old-handled") ? 99999999 : toDay(timeMs);
}

/** A subquery for the first day that is kept, 0 while none was dropped. */
export function inboxFloor(table: StoreContext["table"]): string {
  return `(SELECT coalesce(max(first_day), 0) FROM ${table("concord_inbox_floor")})`;
}
