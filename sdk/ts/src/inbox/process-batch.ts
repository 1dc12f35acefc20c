import type { Handle, IncomingEvent, Outcome } from "../core/handler.ts";
import type { Log } from "../core/log.ts";
import type { InboxClaim } from "../core/store/inbox-store.ts";
import { handlerTransaction } from "./handler-transaction.ts";
import { eventRef, partitionRef } from "./identity.ts";
import type { InboxParts } from "./inbox-parts.ts";
import { park } from "./park-event.ts";
import { runOnce } from "./process-event.ts";

/** How a batch is to run. */
export interface BatchState {
  readonly signal: AbortSignal;
  /** A log whose lines name the event. */
  readonly logFor: (event: IncomingEvent) => Log;
}

/** What became of a batch. */
export type BatchEnding =
  | { readonly kind: "settled"; readonly outcomes: readonly Outcome[] }
  /** All was rolled back and no attempt counted: each event is to be tried alone. */
  | { readonly kind: "refused"; readonly cause: unknown };

/** One event of a batch and what the database says about it. */
interface Found {
  readonly event: IncomingEvent;
  readonly claim: InboxClaim;
  readonly isKeyParked: boolean;
}

/** Says that an event of a batch needs a transaction of its own. */
const needsOneByOne = Symbol("needs one by one");

/**
 * Makes the first attempt at events of one partition in one transaction, in the order given: all inbox rows in one statement,
 * then handler after handler, then in one statement what all of them published. It holds for all or for none: an event that
 * is neither done, a duplicate nor parked behind its key fails the batch, and its verdict is found when it runs alone, where
 * it leaves the others' effects as they are.
 */
export async function processBatch(
  parts: InboxParts,
  events: readonly IncomingEvent[],
  handle: Handle,
  state: BatchState,
): Promise<BatchEnding> {
  await parts.reach("inbox.receive");
  const claimedBefore = await claimOutside(parts, events);
  try {
    const ending = await handlerTransaction(parts, async (tx, run) => {
      const claims = claimedBefore ?? (await claimAll(parts, tx, events));
      await parts.reach("inbox.dedupe");
      const outcomes: Outcome[] = [];
      for (const found of await withParkedKeys(parts, tx, events, claims)) {
        const { event } = found;
        const attempt = { attempt: 1, signal: state.signal, log: state.logFor(event) };
        outcomes.push(await settleOne(parts, tx, found, () => run(event, handle, attempt)));
      }
      return outcomes;
    });
    return ending.kind === "failed" ? { kind: "refused", cause: ending.error } : settle(parts, ending.result);
  } catch (thrown) {
    if (thrown === needsOneByOne) return { kind: "refused", cause: undefined };
    throw thrown;
  }
}

async function settle(parts: InboxParts, outcomes: readonly Outcome[]): Promise<BatchEnding> {
  await parts.reach("inbox.commit");
  if (outcomes.some(({ kind }) => kind === "parked")) await parts.reach("park.commit");
  return { kind: "settled", outcomes };
}

async function settleOne(
  parts: InboxParts,
  tx: unknown,
  { event, claim, isKeyParked }: Found,
  run: () => Promise<void>,
): Promise<Outcome> {
  if (claim.kind === "duplicate") return { kind: "duplicate" };
  if (claim.kind === "too_old") throw needsOneByOne;
  if (!isKeyParked) return runOnce(parts, tx, event, run);
  if (parts.probe?.without("no-inbox-row-for-parked")) throw needsOneByOne;
  await park(parts, tx, event, { attempts: 0, delayMs: 0 });
  return { kind: "parked" };
}

function claimAll({ stores, service }: InboxParts, tx: unknown, events: readonly IncomingEvent[]) {
  return stores.inbox.claimAll(
    tx,
    events.map((event) => eventRef(service, event)),
  );
}

/** Asks after the claims: whoever claims an event has settled those before it, so a key that must wait is parked by now. */
async function withParkedKeys(
  { stores, service, probe }: InboxParts,
  tx: unknown,
  events: readonly IncomingEvent[],
  claims: readonly InboxClaim[],
): Promise<readonly Found[]> {
  const keys = new Set(events.flatMap(({ envelope }) => envelope.key ?? []));
  const parked = probe?.without("no-tail-parking")
    ? new Set<string>()
    : await stores.parking.parkedKeys(tx, partitionRef(service, events[0]!.message), [...keys]);
  return events.map((event, index) => {
    const { key } = event.envelope;
    return { event, claim: claims[index]!, isKeyParked: key !== undefined && parked.has(key) };
  });
}

/** The planted fault of trap T7: inbox rows committed apart from the handlers' writes. */
async function claimOutside(parts: InboxParts, events: readonly IncomingEvent[]) {
  if (!parts.probe?.without("inbox-outside-transaction")) return undefined;
  return parts.database.transaction((tx) => claimAll(parts, tx, events));
}
