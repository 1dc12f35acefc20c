import type {
  ConsumersExpectation,
  MessagesExpectation,
  StreamExpectation,
} from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import { brokerStream, type CaseContext } from "../context/case-context.ts";
import { difference, show } from "../match/match-value.ts";
import type { Json } from "../suite/json.ts";
import { type KeyedList, noKey } from "../suite/run-notation.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { jsonOf } from "../wire/bytes-value.ts";
import { compareLists } from "./runs.ts";
import { type MessageView, viewStream } from "./stream-view.ts";
import { allOf, type Verdict, within } from "./verdict.ts";

/** Looks at what a stream holds. */
export async function checkMessages(context: CaseContext, wanted: MessagesExpectation): Promise<Verdict> {
  const messages = await viewStream(context, wanted.stream);
  if (wanted.as) context.values.set(wanted.as, messages);
  return allOf([
    ...(wanted.count === undefined
      ? []
      : [counted(wanted.stream, String(wanted.count), messages.length === wanted.count, messages)]),
    ...(wanted.between
      ? [counted(wanted.stream, within(wanted.between, 0).text, within(wanted.between, messages.length).ok, messages)]
      : []),
    ...(wanted.keys ? [compareLists(wanted.keys, keysOf(messages), false, `${wanted.stream} holds`)] : []),
    ...(wanted.messages.length > 0
      ? [
          fitting(
            `${wanted.stream} holds`,
            wanted.messages.map((each) => jsonOf(each)!),
            messages,
          ),
        ]
      : []),
    ...(wanted.each
      ? messages.map((message) => fitting(`${wanted.stream} holds only`, jsonOf(wanted.each)!, message))
      : []),
  ]);
}

function counted(stream: string, expected: string, ok: boolean, messages: readonly MessageView[]): Verdict {
  const first = messages.slice(0, 3).map((message) => show({ subject: message.subject!, header: message.header! }));
  return {
    ok,
    expected: `${expected} messages in ${stream}`,
    observed: `${messages.length}${first.length > 0 ? `: ${first.join(", ")}` : ""}`,
  };
}

function keysOf(messages: readonly MessageView[]): KeyedList[] {
  const lists = new Map<string, string[]>();
  for (const { run = "?:0" } of messages) {
    const [key = noKey, n = "0"] = String(run).split(/:(?=\d+$)/);
    lists.set(key, [...(lists.get(key) ?? []), n]);
  }
  return [...lists].map(([key, items]) => ({ key, items }));
}

function fitting(what: string, pattern: Json, value: Json): Verdict {
  const found = difference(pattern, value);
  return { ok: found === undefined, expected: `${what} ${show(pattern)}`, observed: found ?? "it" };
}

/** Looks at how a stream is configured. */
export async function checkStream(context: CaseContext, wanted: StreamExpectation): Promise<Verdict> {
  const config = await sourceOf(context).config(brokerStream(context, wanted.stream));
  if (wanted.as && config) context.values.set(wanted.as, config);
  if (wanted.absent) return { ok: !config, expected: `no stream ${wanted.stream}`, observed: "it is there" };
  if (!config) return { ok: false, expected: `a stream ${wanted.stream}`, observed: "none" };
  return fitting(`${wanted.stream} configured as`, jsonOf(wanted.config) ?? {}, config);
}

/** Looks at the durable consumers of a stream. */
export async function checkConsumers(context: CaseContext, wanted: ConsumersExpectation): Promise<Verdict> {
  const consumers = await sourceOf(context).consumers(brokerStream(context, wanted.stream));
  const names = consumers.map(({ name }) => String(name)).sort();
  const byName = Object.fromEntries(consumers.map((consumer) => [String(consumer.name), consumer]));
  const patterns = Object.fromEntries(Object.entries(wanted.consumers).map(([name, each]) => [name, jsonOf(each)!]));
  return allOf([
    ...(wanted.count === undefined
      ? []
      : [
          {
            ok: names.length === wanted.count,
            expected: `${wanted.count} consumers of ${wanted.stream}`,
            observed: names.join(", ") || "none",
          },
        ]),
    ...(Object.keys(patterns).length === 0 ? [] : [fitting(`consumers of ${wanted.stream}`, patterns, byName)]),
    ...(wanted.each
      ? consumers.map((consumer) => fitting(`every consumer of ${wanted.stream}`, jsonOf(wanted.each)!, consumer))
      : []),
  ]);
}

function sourceOf({ streams }: CaseContext) {
  if (streams) return streams;
  throw new SuiteError("this expectation needs a broker: a level above L0");
}
