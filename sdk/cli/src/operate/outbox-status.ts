import type { CommandRun } from "../command-context.ts";
import { exitCodes } from "../command-error.ts";
import { openOutbox } from "./open-outbox.ts";
import { print } from "./print.ts";

/** Rows that are told of; who has more has one cause. */
const shownRows = 100;

/** Tells how full a service's outbox is, and which rows are in quarantine and why. */
export const run: CommandRun = async ({ arguments: [service = ""], options }, context) => {
  await using opened = await openOutbox(service, options, context);
  const { outbox } = opened.stores;
  const { waiting, quarantined, oldestAgeMs } = await outbox.status();
  const rows = (await outbox.listQuarantined(shownRows)).map(({ quarantinedAtMs, ...row }) => ({
    ...row,
    key: row.key ?? null,
    time: new Date(quarantinedAtMs).toISOString(),
  }));
  print(context, options, { service, waiting, quarantined, oldestAgeMs, rows }, () => [
    `${waiting} wait, the oldest for ${Math.round(oldestAgeMs / 1_000)} s; ${quarantined} are in quarantine`,
    ...rows.map(
      ({ id, type, key, attempts, cause }) => `${id}  ${type}  ${key ?? "-"}  ${cause} (${attempts} attempts)`,
    ),
  ]);
  return quarantined > 0 ? exitCodes.found : exitCodes.fine;
};
