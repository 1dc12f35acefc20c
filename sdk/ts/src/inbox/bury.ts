import { type DeadLetterReason, deadLetterMessage } from "../core/dead-letter.ts";
import type { ErrorCode } from "../core/error.ts";
import type { Outcome } from "../core/handler.ts";
import type { StoredMessage } from "../core/message.ts";
import type { OutboxScope } from "../core/outbox.ts";
import { deadLetterEntry } from "../core/outbox-entry.ts";
import type { InboxRef } from "../core/store/inbox-store.ts";
import type { InboxParts } from "./inbox-parts.ts";

/** Why a message is given up, and after how many attempts. */
export interface Burial {
  readonly message: StoredMessage;
  readonly reason: DeadLetterReason;
  readonly error: ErrorCode;
  readonly attempts: number;
  readonly redrives: number;
}

/** Takes the right to settle a message in the given transaction; false when another session has settled it. */
export type ClaimBurial = (tx: unknown) => Promise<boolean>;

/**
 * Gives a message up: its inbox row becomes `dead` and its dead letter goes to the outbox in one transaction, so that
 * there is exactly one. Nothing happens when another session has settled it.
 */
export async function bury(
  parts: InboxParts,
  ref: InboxRef,
  burial: Burial,
  claim: ClaimBurial = (tx) => claimRow(parts, tx, ref, burial.redrives),
): Promise<Outcome> {
  const apart = parts.probe?.without("dead-letter-outside-transaction");
  const write = (tx: unknown) => writeDeadLetter(parts, tx, ref, burial);
  let scope: OutboxScope | undefined;
  const claimed = await parts.database.transaction(async (tx) => {
    if (!(await claim(tx))) return false;
    await parts.stores.inbox.setState(tx, ref, "dead");
    if (!apart) scope = await write(tx);
    return true;
  });
  if (!claimed) return { kind: "duplicate" };
  if (apart) scope = await buryApart(parts, write);
  await scope?.committed();
  return { kind: "dead" };
}

async function writeDeadLetter(
  { service, namespace, outbox, reach }: InboxParts,
  tx: unknown,
  { eventId }: InboxRef,
  burial: Burial,
): Promise<OutboxScope> {
  const scope = outbox.within(tx);
  await scope.add(deadLetterEntry(deadLetterMessage({ service, namespace, ...burial }), eventId));
  await reach("dead.insert");
  return scope;
}

/** A message that was redriven and fails again has its row already. */
async function claimRow({ stores }: InboxParts, tx: unknown, ref: InboxRef, redrives: number): Promise<boolean> {
  if (redrives > 0 && (await stores.inbox.reopen(tx, ref, redrives))) return true;
  return (await stores.inbox.claim(tx, ref)).kind === "claimed";
}

/** The planted fault: a crash in between leaves a dead event without its letter. */
async function buryApart(
  { database, reach }: InboxParts,
  write: (tx: unknown) => Promise<OutboxScope>,
): Promise<OutboxScope> {
  await reach("dead.insert");
  return database.transaction(write);
}
