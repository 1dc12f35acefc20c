import { decodeMessage, listDeadLetters, redact, type StoredMessage } from "@concord/sdk";
import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import type { SystemContracts } from "../system/system-contracts.ts";
import { toRow } from "./dead-letters-list.ts";
import { print } from "./print.ts";
import { openSession } from "./session.ts";
import { wantedLetters } from "./wanted-letters.ts";

/** Shows why a service gave up on one event, and the event. */
export const run: CommandRun = async ({ arguments: [name = "", sequence = ""], options }, context) => {
  await using session = await openSession(options, context);
  const letters = wantedLetters(session, name, { ...options, sequence });
  const transport = await session.connect();
  for await (const { letter, message } of listDeadLetters({ ...letters, transport })) {
    const shown = { ...toRow(letter), ...openBody(session.system, message) };
    print(context, options, shown, () =>
      Object.entries(shown).map(([field, value]) => `${field.padEnd(16)} ${toText(value)}`),
    );
    return exitCodes.fine;
  }
  throw new CommandError(
    exitCodes.found,
    `${name} has no dead letter ${sequence}; "concord dead-letters list ${name}" tells which it has`,
  );
};

/** What the original bytes say, as far as they can be read: some dead letters are dead because they cannot. */
function openBody({ events }: SystemContracts, message: StoredMessage): object {
  try {
    const found = decodeMessage(message, ({ type }) => events.find(({ subjectType }) => subjectType === type));
    if (!found) return { data: null };
    const { envelope, contract, data } = found;
    const { id, source, idempotencyKey, correlationId, causationId } = envelope;
    const names = { id, source, idempotencyKey, correlationId, causationId };
    return { ...names, data: redact(contract.schema, data) };
  } catch (error) {
    return { data: null, undecodable: (error as Error).message };
  }
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
