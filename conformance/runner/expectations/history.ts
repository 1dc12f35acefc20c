import type { HistoryExpectation } from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import type { CaseContext, PublishedEvent } from "../context/case-context.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import { isSentinel } from "./sentinel.ts";
import { viewStream } from "./stream-view.ts";
import { type Effect, readEffects } from "./tables.ts";
import { allOf, type Verdict } from "./verdict.ts";

interface History {
  readonly service: string;
  /** What must have an effect, in the order of its commits. */
  readonly committed: readonly PublishedEvent[];
  /** Everything that may have one. */
  readonly causes: ReadonlySet<string>;
  readonly effects: readonly Effect[];
  readonly dead: ReadonlySet<string>;
  readonly redriven: ReadonlySet<string>;
}

/** Checks the invariants of delivery.md section 10 over all that happened in a case. */
export async function checkHistory(context: CaseContext, wanted: HistoryExpectation): Promise<Verdict> {
  const databases = databasesOf(context);
  const services = wanted.services.length > 0 ? wanted.services : consumingServices(context);
  const verdicts: Verdict[] = [];
  for (const service of services) {
    const history = await readHistory(context, service, [...databases.values()], wanted.atLeastOnce);
    verdicts.push(...judge(history, wanted));
  }
  if (!wanted.unfinished) for (const database of databases.values()) verdicts.push(...(await checkQueues(database)));
  const events = context.published.length;
  if (services.length === 0) verdicts.push(judged(false, "a service that consumes", "none"));
  return allOf([...verdicts, ...(verdicts.length === 0 ? [judged(false, "a history", `${events} events`)] : [])]);
}

function databasesOf({ testees }: CaseContext): Map<string, CaseDatabase> {
  const all = [...testees.values()].filter(({ database }) => database !== undefined);
  return new Map(all.map(({ service, database }) => [service, database!]));
}

function consumingServices({ testees, runs }: CaseContext): string[] {
  const ran = new Set(runs.map(({ testee }) => testees.get(testee)?.service));
  const all = [...testees.values()].filter(({ subscribed, service }) => subscribed || ran.has(service));
  return [...new Set(all.map(({ service }) => service))];
}

const identity = ({ source, id }: { readonly source: string; readonly id: string }) => `${source} ${id}`;

async function readHistory(
  context: CaseContext,
  service: string,
  databases: readonly CaseDatabase[],
  byReports: boolean,
): Promise<History> {
  const commits = (await Promise.all(databases.map(readCommits))).flat();
  const committed = [...commits, ...context.published].filter(({ key }) => !isSentinel(key));
  const stored = await streamIdentities(context, "evt-counted");
  const effects = byReports
    ? reportedEffects(context, service)
    : (await Promise.all(databases.map(readEffects))).flat();
  return {
    service,
    committed,
    causes: new Set([...committed.map(identity), ...stored]),
    effects: effects.filter((effect) => effect.service === service),
    dead: new Set(await streamIdentities(context, `dlq-${service}`)),
    redriven: new Set(await streamIdentities(context, `rdr-${service}`)),
  };
}

async function readCommits(database: CaseDatabase): Promise<PublishedEvent[]> {
  const rows = await database.rows("cf_commits");
  return rows.map(({ source, id, key, n }) => ({
    source: String(source),
    id: String(id),
    key: key === null ? undefined : String(key),
    n: Number(n),
  }));
}

async function streamIdentities(context: CaseContext, stream: string): Promise<string[]> {
  const messages = await viewStream(context, stream);
  return messages
    .map(({ envelope }) => envelope as { source?: string; id?: string } | undefined)
    .filter((envelope) => envelope !== undefined)
    .map(({ source = "", id = "" }) => identity({ source, id }));
}

function reportedEffects({ runs, testees }: CaseContext, service: string): Effect[] {
  return runs
    .filter((event) => event.kind === "end" && event.report.outcome === "ack" && !isSentinel(event.report.key))
    .filter(({ testee }) => testees.get(testee)?.service === service)
    .map(({ report: { source, id, key, n } }) => ({ service, source, id, key, n }));
}

function judge(
  { service, committed, causes, effects, dead, redriven }: History,
  wanted: HistoryExpectation,
): Verdict[] {
  const effected = new Set(effects.map(identity));
  const lost = committed.filter((event) => !effected.has(identity(event)) && !dead.has(identity(event)));
  const twice = effects.filter(
    (effect, index) => effects.findIndex((each) => identity(each) === identity(effect)) !== index,
  );
  const uncaused = effects.filter((effect) => !causes.has(identity(effect)));
  const verdicts = [
    judged(lost.length === 0, `${service}: no event lost`, list(lost)),
    judged(uncaused.length === 0, `${service}: no effect without a committed event`, list(uncaused)),
  ];
  if (!wanted.atLeastOnce) verdicts.push(judged(twice.length === 0, `${service}: no effect twice`, list(twice)));
  if (!wanted.unordered) verdicts.push(checkOrder(service, effects, redriven));
  return verdicts;
}

/** Counts rise within a source and key, looking at first effects, redriven events aside. */
function checkOrder(service: string, effects: readonly Effect[], redriven: ReadonlySet<string>): Verdict {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  const wrong: Effect[] = [];
  for (const effect of effects) {
    if (effect.key === undefined || redriven.has(identity(effect)) || seen.has(identity(effect))) continue;
    seen.add(identity(effect));
    const lane = `${effect.source} ${effect.key}`;
    if (effect.n < (last.get(lane) ?? 0)) wrong.push(effect);
    last.set(lane, Math.max(effect.n, last.get(lane) ?? 0));
  }
  return judged(
    wrong.length === 0,
    `${service}: effects of a key in the order of their commits`,
    `${list(wrong)} came late`,
  );
}

async function checkQueues(database: CaseDatabase): Promise<Verdict[]> {
  const [outbox, parked] = [await database.rows("concord_outbox"), await database.rows("concord_parked")];
  return [
    judged(outbox.length === 0, "an empty outbox", `${outbox.length} rows`),
    judged(parked.length === 0, "nothing parked", `${parked.length} rows`),
  ];
}

const shownEvents = 8;

function list(events: readonly { readonly key: string | undefined; readonly n: number }[]): string {
  const shown = events.slice(0, shownEvents).map(({ key, n }) => `${key ?? "-"}:${n}`);
  return `${shown.join(" ")}${events.length > shownEvents ? ` and ${events.length - shownEvents} more` : ""}`;
}

function judged(ok: boolean, expected: string, observed: string): Verdict {
  return { ok, expected, observed };
}
