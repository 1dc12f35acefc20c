import { ConcordError, isConcordError } from "../core/error.ts";
import type { Attempt, AttemptScope, Handle, IncomingEvent } from "../core/handler.ts";
import type { OutboxScope } from "../core/outbox.ts";
import type { InboxParts } from "./inbox-parts.ts";

/** How one attempt is to run. */
export type AttemptState = Pick<Attempt, "attempt" | "signal" | "log">;

/** Runs the handler within the transaction; what it publishes is stored at the transaction's end. */
export type RunHandler = (event: IncomingEvent, handle: Handle, state: AttemptState) => Promise<void>;

/** How a transaction with a handler in it ended. After `failed` all its effects are rolled back. */
export type Ending<Result> =
  | { readonly kind: "committed"; readonly result: Result }
  | {
      readonly kind: "failed";
      readonly error: unknown;
      /** The database failed, not the handler: no attempt is counted (conformance I6). */
      readonly infrastructure: boolean;
    };

/**
 * Runs a function in one transaction and tells apart who failed: a handler (or the commit of what it wrote), or the
 * database. Everything else is no verdict about the event and is thrown.
 */
export async function handlerTransaction<Result>(
  parts: InboxParts,
  body: (tx: unknown, run: RunHandler) => Promise<Result>,
): Promise<Ending<Result>> {
  let failed: { readonly error: unknown; readonly connectionLost: boolean } | undefined;
  let bodyEnded = false;
  let outbox: OutboxScope | undefined;
  const abandoned = new AbortController();
  const { database } = parts;
  const inTransaction = async (tx: unknown) => {
    const run: RunHandler = async (event, handle, state) => {
      outbox ??= parts.outbox.within(tx, { buffer: true });
      try {
        await runHandler(parts, tx, outbox, { event, handle, state });
      } catch (error) {
        failed = { error, connectionLost: await isConnectionLost(parts, tx, error) };
        if (mayStillRun(error, state)) await abandon(abandoned, error);
        throw error;
      }
    };
    const result = await body(tx, run);
    bodyEnded = true;
    await outbox?.flush();
    return result;
  };
  try {
    const result = await database.transaction(inTransaction, { signal: abandoned.signal });
    parts.trouble.end();
    await outbox?.committed();
    return { kind: "committed", result };
  } catch (error) {
    const infrastructure = isDatabaseFailure(error) && (error !== failed?.error || isLost(failed, error));
    if (!infrastructure && !failed && !bodyEnded) throw error;
    if (infrastructure) parts.trouble.begin(error);
    return { kind: "failed", error: failed?.error ?? error, infrastructure };
  }
}

/** A handler that was timed out or given up may go on, and use a connection that is somebody else's by then. */
function mayStillRun(error: unknown, { signal }: AttemptState): boolean {
  return signal.aborted || isConcordError(error, "deadline_exceeded");
}

/** Tells the database to trust the connection no more, and gives it a turn to hear that before the function ends. */
async function abandon(transaction: AbortController, reason: unknown): Promise<void> {
  transaction.abort(reason);
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Tells whether the database, not the event, is to blame; the whole transaction can be repeated. */
export function isDatabaseFailure(error: unknown): boolean {
  return isConcordError(error, "transaction_conflict") || isConcordError(error, "unavailable");
}

async function runHandler(
  parts: InboxParts,
  tx: unknown,
  outbox: OutboxScope,
  { event, handle, state }: { event: IncomingEvent; handle: Handle; state: AttemptState },
): Promise<void> {
  let open = true;
  const publisher = outbox.causedBy(event.envelope);
  const ifOpen = () => {
    if (open) return publisher;
    throw new ConcordError("outside_transaction", `the attempt at ${event.envelope.id} is over; nothing was published`);
  };
  const scope: AttemptScope = {
    tx,
    db: parts.database.db,
    publish: async (...publication) => ifOpen().publish(...publication),
    send: async (...publication) => ifOpen().send(...publication),
    publishAll: async (...publications) => ifOpen().publishAll(...publications),
  };
  try {
    await handle({ event, ...state, scope });
  } finally {
    open = false;
  }
}

/** A handler's `unavailable` may speak of a service that it called: ask the transaction whether it still lives. */
async function isConnectionLost({ database }: InboxParts, tx: unknown, error: unknown): Promise<boolean> {
  if (!isConcordError(error, "unavailable")) return false;
  try {
    await database.query(tx, "SELECT 1");
    return false;
  } catch (answer) {
    return isConcordError(answer, "unavailable");
  }
}

function isLost(failed: { readonly connectionLost: boolean } | undefined, error: unknown): boolean {
  return isConcordError(error, "transaction_conflict") || failed?.connectionLost === true;
}
