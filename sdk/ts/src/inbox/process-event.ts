import type { Handle, IncomingEvent, Outcome } from "../core/handler.ts";
import { judgeFailure } from "../core/judge-failure.ts";
import type { ParkedKeyRef } from "../core/store/inbox-store.ts";
import { bury } from "./bury.ts";
import { type AttemptState, type Ending, handlerTransaction } from "./handler-transaction.ts";
import { eventRef, partitionRef, placeRef } from "./identity.ts";
import type { InboxParts } from "./inbox-parts.ts";
import { park, parkEvent } from "./park-event.ts";

/** Wait before an event is tried again whose transaction the database refused, in milliseconds: at most this. */
export const infrastructureDelayMs = 500;

/**
 * Makes one attempt at an event: inbox row, handler and publications in one transaction (delivery.md section 4). A failed
 * attempt leaves nothing behind; what follows from it is written in a second transaction that claims the row anew, so that
 * the way without failures pays for no savepoint.
 */
export async function processEvent(
  parts: InboxParts,
  event: IncomingEvent,
  handle: Handle,
  state: AttemptState,
): Promise<Outcome> {
  await parts.reach("inbox.receive");
  const claimedBefore = await claimOutside(parts, event);
  const ending = await handlerTransaction(parts, async (tx, run) => {
    const settled = claimedBefore ? undefined : await settleWithoutHandler(parts, tx, event, state);
    return settled ?? runOnce(parts, tx, event, () => run(event, handle, state));
  });
  if (ending.kind === "failed") return follow(parts, event, state, ending);
  if (ending.result.kind === "too_old") return buryTooOld(parts, event, state);
  await parts.reach(ending.result.kind === "parked" ? "park.commit" : "inbox.commit");
  return ending.result;
}

/** Runs the handler unless its operation has had its effect, through another event of the same name. */
export async function runOnce(
  parts: InboxParts,
  tx: unknown,
  event: IncomingEvent,
  run: () => Promise<void>,
): Promise<Outcome> {
  if (!(await claimOperation(parts, tx, event))) return { kind: "duplicate" };
  await run();
  await parts.reach("inbox.handler");
  return { kind: "done" };
}

type Early = Outcome | { readonly kind: "too_old" };

/** Inbox row first; then, in the same transaction, whether the event's key is waiting (delivery.md section 1). */
async function settleWithoutHandler(
  parts: InboxParts,
  tx: unknown,
  event: IncomingEvent,
  { attempt }: AttemptState,
): Promise<Early | undefined> {
  const wait = { attempts: attempt - 1, delayMs: 0 };
  if (parts.probe?.without("no-inbox-row-for-parked") && (await isKeyParked(parts, tx, event))) {
    await park(parts, tx, event, wait);
    return { kind: "parked" };
  }
  const claim = await parts.stores.inbox.claim(tx, eventRef(parts.service, event), parkedKeyOf(parts, event));
  await parts.reach("inbox.dedupe");
  if (claim.kind === "duplicate") return { kind: "duplicate" };
  if (claim.kind === "too_old" && !parts.probe?.without("too-old-handled")) return { kind: "too_old" };
  if (claim.kind !== "claimed" || !claim.keyParked) return undefined;
  await park(parts, tx, event, wait);
  return { kind: "parked" };
}

/** Events without a key wait behind nobody. */
function parkedKeyOf({ service, probe }: InboxParts, { message, envelope }: IncomingEvent): ParkedKeyRef | undefined {
  if (envelope.key === undefined || probe?.without("no-tail-parking")) return undefined;
  return { ...partitionRef(service, message), key: envelope.key };
}

async function isKeyParked(parts: InboxParts, tx: unknown, event: IncomingEvent): Promise<boolean> {
  const ref = parkedKeyOf(parts, event);
  return ref !== undefined && parts.stores.parking.isKeyParked(tx, ref, ref.key);
}

async function claimOperation(parts: InboxParts, tx: unknown, event: IncomingEvent): Promise<boolean> {
  const { contract, envelope, data } = event;
  if (envelope.idempotencyKey === undefined || contract.idempotencyKeyOf(data) === undefined) return true;
  const { source, type, idempotencyKey } = envelope;
  const operation = { consumer: parts.service, source, type, idempotencyKey };
  return parts.stores.inbox.claimOperation(tx, operation, envelope.id);
}

async function follow(
  parts: InboxParts,
  event: IncomingEvent,
  state: AttemptState,
  ending: Ending<unknown> & { readonly kind: "failed" },
): Promise<Outcome> {
  if (state.signal.aborted) return { kind: "retry", delayMs: 0, counted: isCountedOnDrain(parts) };
  if (ending.infrastructure) return { kind: "retry", delayMs: parts.random() * infrastructureDelayMs, counted: false };
  const { attempt } = state;
  const verdict = judgeFailure(ending.error, { policy: parts.retryOf(event.contract), attempt, random: parts.random });
  const attempts = verdict.counted ? attempt : attempt - 1;
  if (verdict.kind === "dead") {
    const { reason, error } = verdict;
    const { message, redrives } = event;
    return bury(parts, eventRef(parts.service, event), { message, reason, error, attempts, redrives });
  }
  if (verdict.delayMs > parts.parkAboveMs) return parkEvent(parts, event, { attempts, delayMs: verdict.delayMs });
  return { kind: "retry", delayMs: verdict.delayMs, counted: verdict.counted };
}

/** The inbox has dropped the event's day: nobody can tell whether it was handled, so it is not run (trap T8). */
function buryTooOld(parts: InboxParts, { message, redrives }: IncomingEvent, state: AttemptState): Promise<Outcome> {
  const burial = { message, reason: "too_old", error: "too_old", attempts: state.attempt - 1, redrives } as const;
  return bury(parts, placeRef(parts.service, message), burial);
}

function isCountedOnDrain({ probe }: InboxParts): boolean {
  return probe?.without("attempts-counted-on-drain") ?? false;
}

/** The planted fault of trap T7: an inbox row committed apart from the handler's writes. */
async function claimOutside({ probe, database, stores, service }: InboxParts, event: IncomingEvent): Promise<boolean> {
  if (!probe?.without("inbox-outside-transaction")) return false;
  const claim = await database.transaction((tx) => stores.inbox.claim(tx, eventRef(service, event)));
  return claim.kind === "claimed";
}
