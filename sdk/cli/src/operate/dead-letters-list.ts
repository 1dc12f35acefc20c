import { type DeadLetter, listDeadLetters } from "@concord/sdk";
import type { CommandRun } from "../command-context.ts";
import { exitCodes } from "../command-error.ts";
import { print } from "./print.ts";
import { openSession } from "./session.ts";
import { wantedLetters } from "./wanted-letters.ts";

/** Lists a service's dead letters, one on each line. */
export const run: CommandRun = async ({ arguments: [name = ""], options }, context) => {
  await using session = await openSession(options, context);
  let found = 0;
  const letters = wantedLetters(session, name, options);
  const transport = await session.connect();
  for await (const { letter } of listDeadLetters({ ...letters, transport })) {
    found++;
    print(context, options, toRow(letter), () => [toLine(letter)]);
  }
  if (found === 0 && options.format !== "json") context.write(`${name} has given up on nothing\n`);
  return found > 0 ? exitCodes.found : exitCodes.fine;
};

/** A dead letter in the shape that JSON has. */
export function toRow(letter: DeadLetter) {
  const { sequence, storedAtMs, reason, error, attempts, redrives, type, keyToken } = letter;
  const { originalStream, originalSequence, consumer } = letter;
  const row = { sequence, time: new Date(storedAtMs).toISOString(), service: consumer, type: type ?? null };
  return { ...row, key: keyToken ?? null, reason, error, attempts, redrives, originalStream, originalSequence };
}

function toLine(letter: DeadLetter): string {
  const { sequence, time, type, key, reason, error, attempts, redrives } = toRow(letter);
  const again = redrives > 0 ? `, redriven ${redrives} times` : "";
  return `${sequence}  ${time}  ${type ?? "unknown type"}  ${key ?? "-"}  ${reason} (${error}) after ${attempts} attempts${again}`;
}
