import { redrive } from "@concord/sdk";
import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { counted, print } from "./print.ts";
import { createProgress } from "./progress.ts";
import { readCount } from "./read-option.ts";
import { openSession } from "./session.ts";
import { wantedLetters } from "./wanted-letters.ts";

/** Sends dead letters back to the service that gave up. Interrupted or killed, the same command goes on. */
export const run: CommandRun = async ({ arguments: [name = "", sequence], options }, context) => {
  const ratePerSecond = readCount("--rate", options.rate);
  await using session = await openSession(options, context);
  const letters = wantedLetters(session, name, { ...options, ...(sequence !== undefined && { sequence }) });
  const transport = await session.connect();
  const dryRun = options.dryRun === true;
  const progress = createProgress("redriven", context);
  let count = 0;
  try {
    const onProgress = () => progress.tell(++count);
    const { redriven } = await redrive({ ...letters, transport, dryRun, ratePerSecond, onProgress });
    progress.end();
    if (sequence !== undefined && redriven === 0) refuse(name, sequence);
    const result = { service: name, redriven, dryRun };
    print(context, options, result, () => [
      `${counted(redriven, "dead letter")} ${dryRun ? "to send" : "sent"} back to ${name}`,
    ]);
    return exitCodes.fine;
  } catch (error) {
    progress.end();
    if (context.signal?.aborted) context.writeError(`concord: ${count} were sent back; run the same again to go on\n`);
    throw error;
  }
};

function refuse(service: string, sequence: string): never {
  throw new CommandError(
    exitCodes.found,
    `${service} has no dead letter ${sequence}; "concord dead-letters list ${service}" tells which it has`,
  );
}
