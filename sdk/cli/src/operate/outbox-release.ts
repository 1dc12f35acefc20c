import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { openOutbox } from "./open-outbox.ts";
import { print } from "./print.ts";
import { readCount } from "./read-option.ts";

/** Lets a quarantined row be sent again, or deletes it so that those behind it are. */
export const run: CommandRun = async ({ arguments: [service = "", text = ""], options }, context) => {
  const id = BigInt(readCount("the row", text)!);
  await using opened = await openOutbox(service, options, context);
  const { outbox } = opened.stores;
  const isDropped = options.drop === true;
  const found = isDropped ? await outbox.drop(id) : await outbox.release(id);
  if (!found) {
    const way = `"concord outbox status ${service}" tells which there are`;
    throw new CommandError(exitCodes.found, `${service} has no row ${id} in quarantine; ${way}`);
  }
  const done = isDropped ? "is deleted; those behind it go on" : "is sent again when the service looks next";
  print(context, options, { service, id, action: isDropped ? "dropped" : "released" }, () => [`row ${id} ${done}`]);
  return exitCodes.fine;
};
