import { toJson } from "@bufbuild/protobuf";
import type { Bounds, RunsExpectation, Span } from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import { EndReportSchema, StartReportSchema } from "@concord/gen/concord/conformance/v1/testee_report_pb.js";
import type { CaseContext, RunEvent } from "../context/case-context.ts";
import { difference, show } from "../match/match-value.ts";
import type { Json } from "../suite/json.ts";
import { formatKeyedLists, type KeyedList, noKey, parseKeyedLists, parseMoment } from "../suite/run-notation.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { jsonOf } from "../wire/bytes-value.ts";
import { isSentinel } from "./sentinel.ts";
import { allOf, type Verdict, within } from "./verdict.ts";

/** Looks at the handler runs that were reported so far. */
export function checkRuns(context: CaseContext, wanted: RunsExpectation): Verdict {
  const events = context.runs.filter(
    ({ testee, report }) => (wanted.by.length === 0 || wanted.by.includes(testee)) && !isSentinel(report.key),
  );
  const starts = events.filter(({ kind }) => kind === "start");
  const ends = events.filter(({ kind }) => kind === "end");
  const list = (text: string, actual: readonly KeyedList[], what: string) =>
    text === "" ? [] : [compareLists(text, actual, wanted.others, what)];
  return allOf([
    ...list(
      wanted.keys,
      byKey(starts, ({ report }) => report.n),
      "runs",
    ),
    ...list(wanted.first, firstOnly(byKey(starts, ({ report }) => report.n)), "first runs"),
    ...list(
      wanted.attempts,
      byKey(starts, ({ report }) => report.attempt),
      "attempts",
    ),
    ...list(
      wanted.outcomes,
      byKey(ends, (event) => (event.kind === "end" ? event.report.outcome : "")),
      "outcomes",
    ),
    ...(wanted.covers === ""
      ? []
      : [
          checkCovers(
            wanted.covers,
            byKey(starts, ({ report }) => report.n),
          ),
        ]),
    ...(wanted.never === ""
      ? []
      : [
          checkNever(
            wanted.never,
            byKey(starts, ({ report }) => report.n),
          ),
        ]),
    ...(wanted.sequence.length === 0 ? [] : [checkSequence(wanted.sequence, events)]),
    ...wanted.spans.map((span) => checkSpan(context, span, events)),
    ...(wanted.concurrency ? [bounded("handlers at once", wanted.concurrency, mostAtOnce(events))] : []),
    ...(wanted.count ? [bounded("runs", wanted.count, starts.length)] : []),
    ...(wanted.starts.length === 0
      ? []
      : [
          checkStarts(
            wanted.starts.map((each) => jsonOf(each)!),
            starts,
          ),
        ]),
    ...(wanted.eachEnd ? [checkEach(jsonOf(wanted.eachEnd)!, ends)] : []),
  ]);
}

/** Items of each key in the order of the reports, keys in the order of their first. */
function byKey(events: readonly RunEvent[], item: (event: RunEvent) => number | string): KeyedList[] {
  const lists = new Map<string, string[]>();
  for (const event of events) {
    const key = event.report.key ?? noKey;
    lists.set(key, [...(lists.get(key) ?? []), String(item(event))]);
  }
  return [...lists].map(([key, items]) => ({ key, items }));
}

function firstOnly(lists: readonly KeyedList[]): KeyedList[] {
  return lists.map(({ key, items }) => ({ key, items: [...new Set(items)] }));
}

/** Compares lists key by key; keyless ones have no order. */
export function compareLists(text: string, actual: readonly KeyedList[], others: boolean, what: string): Verdict {
  const wanted = parseKeyedLists(text);
  const found = new Map(actual.map((list) => [list.key, list.items]));
  const normal = (key: string, items: readonly string[]) => (key === noKey ? [...items].sort() : items).join(" ");
  const same = wanted.every(({ key, items }) => normal(key, found.get(key) ?? []) === normal(key, items));
  const named = new Set(wanted.map(({ key }) => key));
  const surplus = others ? [] : actual.filter(({ key }) => !named.has(key));
  const shown = actual.filter(({ key }) => !others || named.has(key));
  return {
    ok: same && surplus.length === 0,
    expected: `${what} ${text}`,
    observed: `${what} ${formatKeyedLists(shown)}`,
  };
}

function checkCovers(text: string, actual: readonly KeyedList[]): Verdict {
  const found = new Map(actual.map((list) => [list.key, new Set(list.items)]));
  const missing = parseKeyedLists(text)
    .map(({ key, items }) => ({ key, items: items.filter((item) => !found.get(key)?.has(item)) }))
    .filter(({ items }) => items.length > 0);
  return { ok: missing.length === 0, expected: `runs of ${text}`, observed: `none of ${formatKeyedLists(missing)}` };
}

function checkNever(text: string, actual: readonly KeyedList[]): Verdict {
  const forbidden = new Map(parseKeyedLists(text).map(({ key, items }) => [key, items]));
  const ran = actual
    .filter(({ key }) => forbidden.has(key))
    .map(({ key, items }) => ({
      key,
      items: forbidden.get(key)!.length === 0 ? items : items.filter((item) => forbidden.get(key)!.includes(item)),
    }))
    .filter(({ items }) => items.length > 0);
  return { ok: ran.length === 0, expected: `no run of ${text}`, observed: `runs ${formatKeyedLists(ran)}` };
}

function checkSequence(wanted: readonly string[], events: readonly RunEvent[]): Verdict {
  const times = wanted.map((text) => momentAt(text, events));
  const ok = times.every((at, index) => at !== undefined && (index === 0 || at >= times[index - 1]!));
  const seen = events.map((event) => momentText(event, events)).join(" ");
  return { ok, expected: `in this order ${wanted.join(" ")}`, observed: seen || "nothing" };
}

function momentText({ kind, report }: RunEvent, _: readonly RunEvent[]): string {
  return `${report.key ?? noKey}:${report.n}${report.attempt > 1 ? `#${report.attempt}` : ""}${kind === "end" ? "." : ""}`;
}

function momentAt(text: string, events: readonly RunEvent[]): number | undefined {
  const moment = parseMoment(text);
  if (!moment) throw new SuiteError(`"${text}" is no moment such as k:1, k:1#2 or k:1.`);
  const kind = moment.end ? "end" : "start";
  const fitting = events.filter(
    (event) => event.kind === kind && (event.report.key ?? noKey) === moment.key && event.report.n === moment.n,
  );
  return fitting[moment.run - 1]?.at;
}

function checkSpan(context: CaseContext, { from, to, ms }: Span, events: readonly RunEvent[]): Verdict {
  const at = (text: string) => context.doneAt.get(text) ?? momentAt(text, events);
  const [first, last] = [at(from), at(to)];
  const { text } = within(ms!, 0);
  const expected = `${text} ms from ${from} to ${to}`;
  if (first === undefined || last === undefined) return { ok: false, expected, observed: "it did not happen" };
  const span = last - first;
  return { ok: within(ms!, span).ok, expected, observed: `${Math.round(span)} ms` };
}

function mostAtOnce(events: readonly RunEvent[]): number {
  let now = 0;
  let most = 0;
  for (const { kind } of events) {
    now += kind === "start" ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

function bounded(what: string, bounds: Bounds, value: number): Verdict {
  const { ok, text } = within(bounds, value);
  return { ok, expected: `${what}: ${text}`, observed: String(value) };
}

function eventJson(event: RunEvent): Json {
  const options = { useProtoFieldName: true, alwaysEmitImplicit: true };
  if (event.kind === "start") return toJson(StartReportSchema, event.report, options) as Json;
  return toJson(EndReportSchema, event.report, options) as Json;
}

function checkStarts(patterns: readonly Json[], starts: readonly RunEvent[]): Verdict {
  const found = difference(patterns, starts.map(eventJson));
  return { ok: found === undefined, expected: `runs like ${show(patterns)}`, observed: found ?? "them" };
}

function checkEach(pattern: Json, ends: readonly RunEvent[]): Verdict {
  const found = ends.map((event) => difference(pattern, eventJson(event))).find((text) => text !== undefined);
  return { ok: found === undefined, expected: `every run ends like ${show(pattern)}`, observed: found ?? "it" };
}
