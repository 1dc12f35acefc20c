import type { IncomingEvent, Outcome } from "../core/handler.ts";
import { eventRef, partitionRef, toOriginal } from "./identity.ts";
import type { InboxParts } from "./inbox-parts.ts";

/** What is known about a wait. */
export interface Wait {
  /** Runs that failed so far. */
  readonly attempts: number;
  /** Not run again before this many milliseconds have passed. */
  readonly delayMs: number;
}

/** Puts an event that must wait into the database, unless another session has settled it. */
export async function parkEvent(parts: InboxParts, event: IncomingEvent, wait: Wait): Promise<Outcome> {
  const outcome = await parts.database.transaction(async (tx): Promise<Outcome> => {
    const ref = eventRef(parts.service, event);
    if (!parts.probe?.without("no-inbox-row-for-parked")) {
      const claim = await parts.stores.inbox.claim(tx, ref);
      if (claim.kind !== "claimed") return { kind: "duplicate" };
    }
    await park(parts, tx, event, wait);
    return { kind: "parked" };
  });
  if (outcome.kind === "parked") await parts.reach("park.commit");
  return outcome;
}

/** Writes the parked row of an event whose inbox row this transaction has claimed. */
export async function park(
  parts: InboxParts,
  tx: unknown,
  event: IncomingEvent,
  { attempts, delayMs }: Wait,
): Promise<void> {
  const message = toOriginal(event.message);
  const ref = eventRef(parts.service, event);
  const parked = {
    ...partitionRef(parts.service, message),
    ...ref,
    sequence: message.sequence,
    key: event.envelope.key,
    subject: message.subject,
    headers: message.headers,
    body: message.body,
    storedAtMs: message.storedAtMs,
    attempts,
    redrives: event.redrives,
  };
  await parts.stores.parking.park(tx, parked, delayMs);
  if (!parts.probe?.without("no-inbox-row-for-parked")) await parts.stores.inbox.setState(tx, ref, "parked");
  await parts.reach("park.insert");
}
