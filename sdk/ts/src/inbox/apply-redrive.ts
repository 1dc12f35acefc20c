import { isAgain, readRedrives } from "../core/dead-letter.ts";
import { rejectionReason } from "../core/decode-message.ts";
import { toConcordError } from "../core/error.ts";
import type { IncomingEvent, Outcome } from "../core/handler.ts";
import type { StoredMessage } from "../core/message.ts";
import { bury } from "./bury.ts";
import { eventRef, placeRef } from "./identity.ts";
import type { InboxParts } from "./inbox-parts.ts";
import { park } from "./park-event.ts";

/**
 * Follows a request to run a dead event again: its inbox row goes from `dead` to `parked` in the transaction that parks it
 * with its attempts from 0, so that the same event id runs again (trap T38). A replay comes the same way; one that repeats
 * effects takes a handled event back too. A request that was sent twice, or that an event
 * handled meanwhile no longer needs, changes nothing.
 */
export async function applyRedrive(parts: InboxParts, message: StoredMessage): Promise<Outcome> {
  let event: IncomingEvent | undefined;
  try {
    event = parts.decode(message);
  } catch (thrown) {
    return rejectMessage(parts, message, thrown);
  }
  if (!event) return { kind: "done" };
  const outcome = await reopen(parts, event);
  if (outcome.kind === "parked") await parts.reach("redrive.flip");
  return outcome;
}

/** Makes a dead letter of a message that cannot be read, known by its place in the stream. */
export function rejectMessage(parts: InboxParts, message: StoredMessage, thrown: unknown): Promise<Outcome> {
  const error = toConcordError(thrown).code;
  const redrives = readRedrives(message.headers);
  const burial = { message, reason: rejectionReason(error), error, attempts: 0, redrives };
  return bury(parts, placeRef(parts.service, message), burial);
}

async function reopen(parts: InboxParts, event: IncomingEvent): Promise<Outcome> {
  const ref = eventRef(parts.service, event);
  const tooOld = Symbol("too old");
  const outcome = await parts.database.transaction(async (tx): Promise<Outcome | typeof tooOld> => {
    const { inbox } = parts.stores;
    const again = isAgain(event.message.headers);
    const reopened =
      !parts.probe?.without("redrive-leaves-inbox-row") && (await inbox.reopen(tx, ref, event.redrives, { again }));
    if (!reopened) {
      // Not dead here: handled or parked already, or without a row because it was refused before one could be written.
      const claim = await inbox.claim(tx, ref);
      if (claim.kind === "too_old") return tooOld;
      if (claim.kind === "duplicate") return { kind: "duplicate" };
    }
    await park(parts, tx, event, { attempts: 0, delayMs: 0 });
    return { kind: "parked" };
  });
  if (outcome !== tooOld) return outcome;
  const { message, redrives } = event;
  const burial = { message, reason: "too_old", error: "too_old", attempts: 0, redrives } as const;
  return bury(parts, placeRef(parts.service, message), burial);
}
