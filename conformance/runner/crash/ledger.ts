import type { NatsBroker } from "../broker/nats-broker.ts";
import { fullTypeName } from "../context/fixtures.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import { type Identity, identity, judged, judgeHistory } from "../expectations/judge-history.ts";
import { type Effect, readEffects } from "../expectations/tables.ts";
import type { Verdict } from "../expectations/verdict.ts";
import { fromWire } from "../wire/message-format.ts";
import { fateOf } from "./workload.ts";

/** What the tables and the streams of a crash run say. */
export interface Ledger {
  readonly commits: readonly (Identity & { readonly key: string | undefined; readonly n: number })[];
  readonly effects: readonly Effect[];
  /** Rows that wait in the outbox, and events that wait in the inbox. */
  readonly waiting: number;
  readonly parked: number;
}

/** Where a run leaves its traces. */
export interface Traces {
  readonly service: string;
  readonly namespace: string;
  readonly broker: NatsBroker;
  readonly database: CaseDatabase;
}

/** Reads the tables. */
export async function readLedger({ database }: Pick<Traces, "database">): Promise<Ledger> {
  const commits = (await database.rows("cf_commits")).map(({ source, id, key, n }) => ({
    source: String(source),
    id: String(id),
    key: key === null ? undefined : String(key),
    n: Number(n),
  }));
  const waiting = (await database.rows("concord_outbox")).length;
  const parked = (await database.rows("concord_parked")).length;
  return { commits, effects: await readEffects(database), waiting, parked };
}

/** Commits without an effect. */
export function unfinished({ commits, effects }: Ledger): Ledger["commits"] {
  const done = new Set(effects.map(identity));
  return commits.filter((commit) => !done.has(identity(commit)));
}

interface Sent extends Identity {
  readonly type: string;
  readonly causationId: string;
}

/** Judges all that a run left: the history of the events, and what their handlers published. */
export async function judgeLedger(ledger: Ledger, traces: Traces): Promise<Verdict[]> {
  const [sent, redriven] = await Promise.all([read(traces, "evt-counted"), read(traces, `rdr-${traces.service}`)]);
  const { commits, effects } = ledger;
  const places = new Map(commits.map((commit, place) => [identity(commit), place]));
  const history = judgeHistory(
    {
      service: traces.service,
      committed: commits,
      causes: new Set(commits.map(identity)),
      effects,
      dead: new Set(),
      redriven: new Set(redriven.map(identity)),
      placeOf: (event) => places.get(identity(event)) ?? Number.MAX_SAFE_INTEGER,
    },
    { atLeastOnce: false, unordered: false },
  );
  const noted = fullTypeName("NotedEvent");
  const strays = sent.filter((event) => event.type !== noted && !places.has(identity(event)));
  return [
    ...history,
    judged(strays.length === 0, "nothing sent that was not committed", `${strays.length} events`),
    judgeNotes(
      effects,
      sent.filter(({ type }) => type === noted),
    ),
    judged(ledger.waiting === 0, "an empty outbox", `${ledger.waiting} rows`),
    judged(ledger.parked === 0, "nothing parked", `${ledger.parked} rows`),
  ];
}

/** Each effect whose handler published has one note, and no other effect has any. */
function judgeNotes(effects: readonly Effect[], notes: readonly Sent[]): Verdict {
  const ids = Map.groupBy(notes, ({ causationId }) => causationId);
  const wanted = effects.filter(({ n }) => fateOf(n) === "notes");
  const wrong = wanted.filter(({ id }) => new Set(ids.get(id)?.map((note) => note.id)).size !== 1);
  const publishers = new Set(wanted.map(({ id }) => id));
  const surplus = [...ids.keys()].filter((id) => !publishers.has(id)).length;
  const observed = `${wrong.length} effects with none or several, ${surplus} notes of nothing`;
  return judged(wrong.length === 0 && surplus === 0, "one note of each handler that published", observed);
}

async function read({ broker, namespace }: Traces, stream: string): Promise<Sent[]> {
  const messages = await broker.streams.messages(`${namespace}-${stream}`);
  return messages.map((message) => {
    const { id = "", source = "", type = "", causationId = "" } = fromWire(message);
    return { id, source, type, causationId };
  });
}
