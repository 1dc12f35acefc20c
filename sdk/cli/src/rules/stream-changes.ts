import type { DescFile } from "@bufbuild/protobuf";
import {
  type ContractSet,
  eventDeclaration,
  type StreamContract,
  streamContract,
  streamDeclaration,
} from "@concord/sdk/contract";
import { type Consumers, consumersOf } from "../change/consumers.ts";
import { type ContractChange, eventPairs } from "../change/contract-change.ts";
import { aboutEvent, type ChangeFinding } from "../change/finding.ts";

const dayMs = 86_400_000;
const secondMs = 1_000;

/** Finds events that moved to another stream (rule EVENT_STREAM_SAME). */
export function* eventStreamSame(change: ContractChange): Iterable<ChangeFinding> {
  for (const { name, before, after } of eventPairs(change)) {
    const [was, is] = [streamName(change.before, before.schema.file), streamName(change.after, after.schema.file)];
    const sameFile = before.schema.file.proto.name === after.schema.file.proto.name;
    // A stream that is called otherwise is one finding at the stream, not one at each of its events.
    if (was === undefined || was === is || (sameFile && is !== undefined)) continue;
    const message = `${name} was kept in the stream "${was}" and is in ${is === undefined ? "none" : `"${is}"`}: stored events stay behind; declare a new event`;
    const places = { at: eventDeclaration(after.schema), against: eventDeclaration(before.schema) };
    yield aboutEvent(change, name, places, message);
  }
}

/** Finds streams with another name (rule STREAM_NAME_SAME). */
export function* streamNameSame(change: ContractChange): Iterable<ChangeFinding> {
  for (const { file: old, options } of change.before.streams) {
    const now = change.after.streams.find(({ file }) => file.proto.name === old.proto.name);
    if (now === undefined || now.options.name === options.name) continue;
    const message = `the stream "${options.name}" is called "${now.options.name}": a new stream starts empty, and stored events stay behind`;
    yield aboutStream(change, old, now.file, message);
  }
}

/** Finds streams with another number of partitions (rule PARTITIONS_SAME). */
export const partitionsSame = streamRule(({ name, partitions: was }, { partitions: is }) =>
  was === is
    ? undefined
    : `the stream "${name}" had ${was} partitions and has ${is}: keys change their partition and lose their order; a change is a new stream`,
);

/** Finds streams that keep events less long (rule RETENTION_SHORTENED). */
export const retentionShortened = streamRule(({ name, retentionMs: was }, { retentionMs: is }) =>
  is >= was
    ? undefined
    : `the stream "${name}" kept events for ${was / dayMs} days and keeps them for ${is / dayMs}: older ones are deleted and cannot be replayed`,
);

/** Finds streams that recognize repeated ids less long (rule DEDUPE_WINDOW_SHORTENED). */
export const dedupeWindowShortened = streamRule(({ name, dedupeWindowMs: was }, { dedupeWindowMs: is }) =>
  is >= was
    ? undefined
    : `the stream "${name}" recognized repeated ids for ${was / secondMs} s and does for ${is / secondMs} s: later repetitions reach consumers`,
);

/** Finds streams with fewer copies (rule REPLICAS_REDUCED). */
export const replicasReduced = streamRule(({ name, replicas: was }, { replicas: is }) =>
  was === undefined || is === undefined || is >= was
    ? undefined
    : `the stream "${name}" had ${was} copies and has ${is}: fewer nodes may fail`,
);

/** Finds streams that hold less (rule LIMITS_SHRUNK). */
export const limitsShrunk = streamRule((was, is) => {
  const shrunk = [
    ...shrunkLimit("bytes", was.maxBytes, is.maxBytes),
    ...shrunkLimit("messages", was.maxMessages, is.maxMessages),
  ];
  return shrunk.length === 0
    ? undefined
    : `the stream "${was.name}" holds ${shrunk.join(" and ")}: the broker refuses, or publishing stops`;
});

function shrunkLimit(unit: string, was = Number.POSITIVE_INFINITY, is = Number.POSITIVE_INFINITY): string[] {
  return is < was ? [`at most ${is} ${unit} instead of ${was === Number.POSITIVE_INFINITY ? "any number" : was}`] : [];
}

/** Makes a rule over streams that have the same name before and after. */
function streamRule(judge: (was: StreamContract, is: StreamContract) => string | undefined) {
  return function* (change: ContractChange): Iterable<ChangeFinding> {
    for (const { file: old, options } of change.before.streams) {
      const now = change.after.streams.find((stream) => stream.options.name === options.name);
      const message = now && judge(streamContract(old), streamContract(now.file));
      if (now && message) yield aboutStream(change, old, now.file, message);
    }
  };
}

function aboutStream(change: ContractChange, old: DescFile, now: DescFile, message: string): ChangeFinding {
  const consumers = consumersOfFile(change, old);
  return {
    at: streamDeclaration(now),
    against: streamDeclaration(old),
    message: `${message} (${consumers.words})`,
    consumers: consumers.services,
    fields: [],
  };
}

/** Who consumes any event of a file. */
function consumersOfFile(change: ContractChange, file: DescFile): Pick<Consumers, "services" | "words"> {
  const events = [...change.before.events.values()].filter(({ schema }) => schema.file === file);
  const services = [...new Set(events.flatMap(({ schema }) => consumersOf(change, schema.typeName).services))].sort();
  const names = services.map((name) => `"${name}"`).join(", ");
  return { services, words: services.length > 0 ? `consumed by ${names}` : "nobody consumes its events" };
}

function streamName({ streams }: ContractSet, file: DescFile): string | undefined {
  return streams.find((stream) => stream.file === file)?.options.name;
}
