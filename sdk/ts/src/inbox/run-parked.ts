import { rejectionReason } from "../core/decode-message.ts";
import { toConcordError } from "../core/error.ts";
import type { Handle, IncomingEvent, Outcome } from "../core/handler.ts";
import { judgeFailure } from "../core/judge-failure.ts";
import type { Log } from "../core/log.ts";
import type { StoredMessage } from "../core/message.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { ParkedEvent } from "../core/store/parking-store.ts";
import { type Burial, bury } from "./bury.ts";
import { type Ending, handlerTransaction } from "./handler-transaction.ts";
import type { InboxParts } from "./inbox-parts.ts";
import { runOnce } from "./process-event.ts";

/** How one parked event is to run. */
export interface ParkedState {
  readonly signal: AbortSignal;
  /** A log whose lines name the event. */
  readonly logFor: (event: IncomingEvent) => Log;
  /**
   * Asked for each event found, whether a process may have died of it. An `uncounted` one has its attempt counted and runs at
   * the next call, so that an event that kills the process is a dead letter in the end.
   */
  readonly suspicionOf: (parked: ParkedEvent) => "none" | "uncounted" | "counted";
}

/** What {@link runParked} did. */
export interface ParkedRun {
  readonly parked: ParkedEvent;
  readonly outcome: Outcome;
}

/** What a transaction found, and what is still to be done. */
type Found =
  | { readonly kind: "none" | "counted" | "ran" | "exhausted" }
  | { readonly kind: "rejected"; readonly error: unknown };

/** The event that a run is about. */
interface Claimed {
  readonly parked: ParkedEvent;
  /** Attempts that failed or never ended before this one. */
  readonly before: number;
}

/**
 * Runs the lowest due event of one parked key: its row stays locked, so that no other session runs it or a later one of its
 * key, and goes in the transaction of the handler's writes.
 * @returns undefined when none is due; the outcome is a counted retry when the attempt was only counted.
 */
export async function runParked(
  parts: InboxParts,
  refs: readonly PartitionRef[],
  handle: Handle,
  state: ParkedState,
): Promise<ParkedRun | undefined> {
  let claimed: Claimed | undefined;
  const ending = await handlerTransaction(parts, async (tx, run): Promise<Found> => {
    const parked = await parts.stores.parking.claimDue(tx, refs);
    if (!parked) return { kind: "none" };
    await parts.reach("unpark.claim");
    const suspicion = state.suspicionOf(parked);
    const before = suspicion === "counted" ? parked.attempts - 1 : parked.attempts;
    claimed = { parked, before };
    return runClaimed(parts, tx, claimed, {
      isUncounted: suspicion === "uncounted",
      run: (event) => run(event, handle, { attempt: before + 1, signal: state.signal, log: state.logFor(event) }),
    });
  });
  if (!claimed) {
    if (ending.kind === "failed") throw ending.error;
    return undefined;
  }
  const outcome = ending.kind === "failed" ? follow(parts, claimed, state, ending) : end(parts, claimed, ending.result);
  return { parked: claimed.parked, outcome: await outcome };
}

async function runClaimed(
  parts: InboxParts,
  tx: unknown,
  { parked, before }: Claimed,
  { isUncounted, run }: { isUncounted: boolean; run: (event: IncomingEvent) => Promise<void> },
): Promise<Found> {
  let event: IncomingEvent | undefined;
  try {
    event = parts.decode(toMessage(parked));
  } catch (error) {
    return { kind: "rejected", error };
  }
  if (event && before >= parts.retryOf(event.contract).maxAttempts) return { kind: "exhausted" };
  if (event && isUncounted) {
    await parts.stores.parking.postpone(tx, parked, before + 1, 0);
    return { kind: "counted" };
  }
  // A type that is no longer handled is skipped here as it would be in the stream (conformance F13).
  if (event) await runOnce(parts, tx, event, () => run(event));
  await parts.stores.parking.remove(tx, parked);
  await parts.stores.inbox.setState(tx, parked, "done");
  await parts.reach("unpark.handler");
  return { kind: "ran" };
}

async function end(parts: InboxParts, { parked, before }: Claimed, found: Found): Promise<Outcome> {
  if (found.kind === "counted") return { kind: "retry", delayMs: 0, counted: true };
  if (found.kind === "exhausted") {
    return buryParked(parts, parked, { reason: "exhausted", error: "exhausted", attempts: before });
  }
  if (found.kind === "rejected") {
    const error = toConcordError(found.error).code;
    return buryParked(parts, parked, { reason: rejectionReason(error), error, attempts: before });
  }
  await parts.reach("unpark.commit");
  if (parked.redrives > 0) await parts.reach("redrive.run");
  return { kind: "done" };
}

async function follow(
  parts: InboxParts,
  { parked, before }: Claimed,
  state: ParkedState,
  ending: Ending<unknown> & { readonly kind: "failed" },
): Promise<Outcome> {
  const attempt = before + 1;
  if (state.signal.aborted) {
    const isCounted = parts.probe?.without("attempts-counted-on-drain") ?? false;
    return postpone(parts, parked, isCounted ? attempt : before, 0);
  }
  if (ending.infrastructure) return { kind: "retry", delayMs: 0, counted: false };
  const policy = parts.retryOf(parts.decode(toMessage(parked))!.contract);
  const verdict = judgeFailure(ending.error, { policy, attempt, random: parts.random });
  const attempts = verdict.counted ? attempt : before;
  if (verdict.kind === "dead")
    return buryParked(parts, parked, { reason: verdict.reason, error: verdict.error, attempts });
  return postpone(parts, parked, attempts, verdict.delayMs);
}

async function postpone(parts: InboxParts, parked: ParkedEvent, attempts: number, delayMs: number): Promise<Outcome> {
  await parts.database.transaction((tx) => parts.stores.parking.postpone(tx, parked, attempts, delayMs));
  return { kind: "parked" };
}

/**
 * Gives a parked event up, unless another session has settled it since its row was unlocked: taking the row out waits for
 * that session, then the inbox tells how it ended.
 */
function buryParked(
  parts: InboxParts,
  parked: ParkedEvent,
  verdict: Pick<Burial, "reason" | "error" | "attempts">,
): Promise<Outcome> {
  const { inbox, parking } = parts.stores;
  const burial = { message: toMessage(parked), redrives: parked.redrives, ...verdict };
  return bury(parts, parked, burial, async (tx) => {
    await parking.remove(tx, parked);
    const claim = await inbox.claim(tx, parked);
    return claim.kind === "claimed" || (claim.kind === "duplicate" && claim.state === "parked");
  });
}

function toMessage({ stream, sequence, subject, headers, body, storedAtMs }: ParkedEvent): StoredMessage {
  return { stream, sequence, subject, headers, body, storedAtMs };
}
