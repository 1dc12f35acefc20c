import type { HistoryExpectation } from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import type { CaseContext, PublishedEvent } from "../context/case-context.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import { type History, identity, judged, judgeHistory } from "./judge-history.ts";
import { isSentinel } from "./sentinel.ts";
import { viewStream } from "./stream-view.ts";
import { type Effect, readEffects } from "./tables.ts";
import { allOf, type Verdict } from "./verdict.ts";

/** Checks the invariants of delivery.md section 10 over all that happened in a case. */
export async function checkHistory(context: CaseContext, wanted: HistoryExpectation): Promise<Verdict> {
  const databases = databasesOf(context);
  const services = wanted.services.length > 0 ? wanted.services : consumingServices(context);
  const verdicts: Verdict[] = [];
  for (const service of services) {
    const history = await readHistory(context, service, [...databases.values()], wanted.atLeastOnce);
    verdicts.push(...judgeHistory(history, wanted));
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

async function checkQueues(database: CaseDatabase): Promise<Verdict[]> {
  const [outbox, parked] = [await database.rows("concord_outbox"), await database.rows("concord_parked")];
  return [
    judged(outbox.length === 0, "an empty outbox", `${outbox.length} rows`),
    judged(parked.length === 0, "nothing parked", `${parked.length} rows`),
  ];
}
