import type { DeadLetterQuery } from "@concord/sdk";
import type { CommandInput } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import type { Session } from "./session.ts";

/**
 * Reads which dead letters a command is about.
 * @throws {CommandError} for a service or type that the contracts do not know, or a number that is none.
 */
export function wantedLetters(
  { profile, system, signal }: Session,
  service: string,
  { type, sequence }: CommandInput["options"],
): Omit<DeadLetterQuery, "transport"> {
  const subjectType = typeof type === "string" ? system.event(type).subjectType : undefined;
  return {
    service: system.service(service).name,
    namespace: profile.namespace,
    signal,
    ...(typeof sequence === "string" && { sequence: toSequence(sequence) }),
    ...(subjectType !== undefined && { where: (letter) => letter.type === subjectType }),
  };
}

function toSequence(text: string): bigint {
  if (/^[1-9][0-9]{0,18}$/.test(text)) return BigInt(text);
  throw new CommandError(
    exitCodes.wrongUse,
    `"${text}" is no number of a dead letter; "concord dead-letters list" gives them`,
  );
}
