import { ConcordError } from "@concord/sdk";
import { BadRequest } from "../protocol/error.ts";
import type { Op } from "./op.ts";

/** Begins a transaction. */
export const outboxBegin: Op<"outboxBegin"> = async ({ tx }, { session }) => {
  await session.transactions.begin(tx);
  return {};
};

/** Publishes in a transaction. */
export const outboxPublish: Op<"outboxPublish"> = async ({ tx, events }, { session }) => ({
  ids: [...(await session.transactions.publish(tx, events))],
});

/** Commits a transaction. */
export const outboxCommit: Op<"outboxCommit"> = async ({ tx }, { session }) => {
  await session.transactions.commit(tx);
  return {};
};

/** Rolls a transaction back. */
export const outboxRollback: Op<"outboxRollback"> = async ({ tx }, { session }) => {
  await session.transactions.rollback(tx);
  return {};
};

/** Lets a quarantined row, and those held behind it, be sent again. */
export const outboxRelease: Op<"outboxRelease"> = async ({ row }, { session }) => {
  if (!session.storage) throw new BadRequest("an outbox needs a database");
  const isReleased = await session.storage.stores.outbox.release(BigInt(row));
  if (!isReleased) throw new ConcordError("not_found", `no row ${row} is quarantined`);
  return {};
};
