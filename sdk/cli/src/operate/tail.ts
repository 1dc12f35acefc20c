import {
  decodeMessage,
  type EventContract,
  findSequenceBefore,
  parseSubject,
  readStored,
  redact,
  type StoredMessage,
  streamName,
  streamSubjects,
  type Transport,
} from "@concord/sdk";
import type { CommandInput, CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import type { SystemContracts } from "../system/system-contracts.ts";
import { print } from "./print.ts";
import { readCount, readTime } from "./read-option.ts";
import { openSession, type Session } from "./session.ts";

/** Prints stored events of a type or a stream, then those that come, until it is interrupted. */
export const run: CommandRun = async ({ arguments: [name = ""], options }, context) => {
  const limit = readCount("--limit", options.limit) ?? Number.POSITIVE_INFINITY;
  const range = { fromMs: readTime("from", options.from), toMs: readTime("to", options.to) };
  await using session = await openSession(options, context);
  const wanted = eventsOf(session.system, name);
  const transport = await session.connect();
  let printed = 0;
  try {
    for await (const message of messagesOf({ ...session, transport }, wanted[0]!, {
      ...range,
      follows: options.follow !== false,
    })) {
      const shown = show(message, wanted, options);
      if (!shown) continue;
      print(context, options, shown, () => [toLine(shown)]);
      if (++printed >= limit) break;
    }
  } catch (error) {
    if (!context.signal?.aborted) throw error;
  }
  return exitCodes.fine;
};

/** All of one type, or of one stream. */
function eventsOf(system: SystemContracts, name: string): readonly EventContract[] {
  const ofStream = system.events.filter(({ stream, tree }) => tree === "evt" && stream === name);
  return ofStream.length > 0 ? ofStream : [system.event(name)];
}

interface TailRange {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly follows: boolean;
}

async function* messagesOf(
  { transport, profile, signal }: Pick<Session, "profile" | "signal"> & { readonly transport: Transport },
  { tree, stream }: EventContract,
  { fromMs, toMs, follows }: TailRange,
): AsyncGenerator<StoredMessage> {
  const name = streamName(tree, stream, profile.namespace);
  const state = await transport.streamState(name, { signal });
  if (!state)
    throw new CommandError(exitCodes.found, `the broker has no stream ${name}; a service makes it when it starts`);
  const before = (timeMs: number) => findSequenceBefore(transport, state, timeMs, { signal });
  // Without a time only what comes from now on is of interest, or with nothing to wait for, everything.
  const after = fromMs === undefined ? (follows ? state.lastSequence : 0n) : await before(fromMs);
  const place = { transport, stream: name, filter: streamSubjects(tree, stream, profile.namespace), signal };
  yield* readStored({ ...place, after, upTo: toMs === undefined ? state.lastSequence : await before(toMs) });
  if (!follows) return;
  const reading = signal ?? new AbortController().signal;
  for await (const batch of transport.read({ ...place, after: state.lastSequence, signal: reading })) {
    for (const message of batch) {
      if (toMs !== undefined && message.storedAtMs >= toMs) return;
      yield message;
    }
  }
}

interface ShownEvent {
  readonly time: string;
  readonly stream: string;
  readonly sequence: bigint;
  readonly type: string;
  readonly key: string | null;
  readonly id: string | null;
  readonly data: unknown;
}

function show(
  message: StoredMessage,
  wanted: readonly EventContract[],
  { key }: CommandInput["options"],
): ShownEvent | undefined {
  const contract = wanted.find(({ subjectType }) => subjectType === parseSubject(message.subject)?.type);
  if (!contract) return undefined;
  const { stream, sequence, storedAtMs } = message;
  const place = { time: new Date(storedAtMs).toISOString(), stream, sequence, type: contract.type };
  try {
    const { envelope, data } = decodeMessage(message, () => contract)!;
    if (typeof key === "string" && envelope.key !== key) return undefined;
    return { ...place, key: envelope.key ?? null, id: envelope.id, data: redact(contract.schema, data) };
  } catch (error) {
    return key === undefined
      ? { ...place, key: null, id: null, data: { undecodable: (error as Error).message } }
      : undefined;
  }
}

function toLine({ time, type, key, data }: ShownEvent): string {
  return `${time} ${type} ${key ?? "-"} ${JSON.stringify(data)}`;
}
