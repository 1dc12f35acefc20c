import { type EventContract, type ReplayOptions, type ReplayProgress, replay } from "@concord/sdk";
import type { CommandContext, CommandInput, CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import type { SystemContracts } from "../system/system-contracts.ts";
import { counted, print } from "./print.ts";
import { createProgress } from "./progress.ts";
import { readCount, readTime } from "./read-option.ts";
import { openReplayNote, type ReplayNote } from "./replay-note.ts";
import { openSession } from "./session.ts";

/** The day that numbers of replays which repeat effects count their seconds from, so that they fit nine digits. */
const firstDay = Date.parse("2026-01-01");

/**
 * Hands a time range of events to one service again. Counts only, unless told to run; a run that was interrupted or killed
 * goes on when the same command is given again.
 */
export const run: CommandRun = async ({ arguments: _, options }, context) => {
  if (typeof options.for !== "string") throw new CommandError(exitCodes.wrongUse, "say which service by --for SERVICE");
  const range = { fromMs: readTime("from", options.from), toMs: readTime("to", options.to) };
  if (range.fromMs === undefined) throw new CommandError(exitCodes.wrongUse, "say since when by --from TIME");
  const ratePerSecond = readCount("--rate", options.rate);
  await using session = await openSession(options, context);
  const { system, profile, signal } = session;
  const service = system.service(options.for).name;
  const events = eventsOf(system, service, options.type);
  const transport = await session.connect();
  const common = { transport, service, namespace: profile.namespace, events, ...range, ratePerSecond, signal };
  if (!options.run) {
    const { replayed } = await replay({ ...common, dryRun: true });
    const result = { service, replayed, dryRun: true };
    print(context, options, result, () => [
      `${counted(replayed, "event")} to hand to ${service} again; add --run to do it`,
    ]);
    return exitCodes.fine;
  }
  const note = await openReplayNote(context, identityOf(service, options, profile.transport), () =>
    options.again ? Math.floor((context.now() - firstDay) / 1_000) : undefined,
  );
  if (note.earlier > 0) context.writeError(`concord: going on behind the ${note.earlier} events of an earlier run\n`);
  const replayed = await handOver(common, { note, context });
  await note.remove();
  const total = note.earlier + replayed;
  print(context, options, { service, replayed: total, dryRun: false }, () => [
    `${counted(total, "event")} handed to ${service} again`,
  ]);
  return exitCodes.fine;
};

/** Hands over, noting how far it has come; says how to go on when it is interrupted. */
async function handOver(
  options: ReplayOptions,
  { note, context }: { readonly note: ReplayNote; readonly context: CommandContext },
): Promise<number> {
  const progress = createProgress("replayed", context);
  let noted = note.earlier;
  const onProgress = async (reached: ReplayProgress, count: number) => {
    progress.tell(count);
    await note.save(reached, note.earlier + count);
    noted = note.earlier + count;
  };
  try {
    const { replayed } = await replay({ ...options, again: note.again, progress: note.progress, onProgress });
    return replayed;
  } catch (error) {
    if (context.signal?.aborted) {
      context.writeError(`concord: ${noted} were handed over for certain; run the same again to go on behind them\n`);
    }
    throw error;
  } finally {
    progress.end();
  }
}

/** What the service handles, all or of one type. */
function eventsOf(system: SystemContracts, name: string, type: string | boolean | undefined): readonly EventContract[] {
  const handled = system.handledBy(system.service(name));
  if (typeof type !== "string") return handled;
  const contract = system.event(type);
  if (handled.includes(contract)) return [contract];
  throw new CommandError(exitCodes.wrongUse, `${name} does not handle ${type}, so a replay would do nothing`);
}

/** What makes two commands the same replay. */
function identityOf(service: string, { from, to, type, again, namespace }: CommandInput["options"], transport: string) {
  return { service, from, to, type, again, namespace, transport: transport.replace(/\/\/[^@/]*@/, "//") };
}
