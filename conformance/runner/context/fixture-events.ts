import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { RuleSchema } from "@concord/gen/concord/conformance/v1/delivery_pb.js";
import { type Event, EventSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import type { Events, ScriptRule } from "@concord/gen/concord/conformance/v1/notation_pb.js";
import type { JsonObject } from "../suite/json.ts";
import { type KeyAndN, noKey, parseEvents, parseMoment } from "../suite/run-notation.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { bytesFrom, readBytes } from "../wire/bytes-value.ts";
import { decodeData, encodeData, fixtureType, fullTypeName } from "./fixtures.ts";

/** An event to publish, with the key and count that its data hold. */
export interface FixtureEvent extends KeyAndN {
  readonly event: Event;
}

/** Spells the notation of a suite out into events. */
export function toFixtureEvents(list: readonly Events[]): FixtureEvent[] {
  return list.flatMap((entry) => {
    const { event = create(EventSchema), keys, mixed } = entry;
    const type = fullTypeName(event.type);
    const counts = keys === "" ? [{ key: undefined, n: 0 }] : parseEvents(keys, mixed);
    return counts.map((each) => {
      const data = event.data ? bytesFrom(event.data) : fixtureData(type, each, entry);
      return { ...countOf(type, data, each), event: create(EventSchema, { ...event, type, data: readBytes(data) }) };
    });
  });
}

/** What the data say, if they say it. */
function countOf(type: string, data: Uint8Array, given: KeyAndN): KeyAndN {
  const json = decodeData(type, data);
  const key = typeof json?.key === "string" && json.key !== "" ? json.key : given.key;
  return { key, n: typeof json?.n === "number" ? json.n : given.n };
}

/** The data message of an event: key, count, and what else the step says. */
export function fixtureData(
  type: string,
  { key, n }: KeyAndN,
  { data, padding }: { readonly data?: unknown; readonly padding: string },
): Uint8Array {
  const names = fixtureType(type)?.fields.map(({ name }) => name) ?? [];
  const known: JsonObject = { key: key ?? "", n, ...(padding ? { padding: paddingOf(padding) } : {}) };
  const base = Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name) || name === "padding"));
  return encodeData(type, { ...base, ...(data as JsonObject | undefined) });
}

function paddingOf(text: string): string {
  if (/^\d+$/.test(text)) return Buffer.alloc(Number(text), "x").toString("base64");
  throw new SuiteError(`padding "${text}" is no number of bytes`);
}

/** Spells a script out into rules. */
export function toRules(script: readonly ScriptRule[]): MessageInitShape<typeof RuleSchema>[] {
  return script.map(({ at, type, redrive, do: action, ms, events, errorSize }) => ({
    match: {
      ...matchOf(at),
      ...(type ? { type: fullTypeName(type) } : {}),
      ...(redrive === undefined ? {} : { redrive }),
    },
    do: checkedAction(action),
    ms,
    errorSize,
    events: toFixtureEvents(events).map(({ event }) => event),
  }));
}

const actions = new Set(["ack", "throw", "terminal", "retry_later", "sleep", "hang", "publish"]);

function checkedAction(action: string): string {
  if (actions.has(action)) return action;
  throw new SuiteError(`a handler cannot "${action}"; it can ${[...actions].join(", ")}`);
}

function matchOf(at: string): { key?: string; n?: number; attempt?: number } {
  if (at === "") return {};
  const moment = parseMoment(at);
  const key = (moment?.key ?? at) === noKey ? {} : { key: moment?.key ?? at };
  if (!moment) return key;
  return { ...key, n: moment.n, ...(at.includes("#") ? { attempt: moment.run } : {}) };
}
