import { indexBy, nameAt, nameOf } from "./event-index.ts";
import type { CommittedEvent, EventIdentity, InboxEntry } from "./history.ts";
import type { HistoryView } from "./history-view.ts";
import type { Violation } from "./violation.ts";

/** Finds transactions that were torn: effect ⇔ inbox row ⇔ the events committed along. */
export function checkAgreement(view: HistoryView): Violation[] {
  return [...effectsWithoutRow(view), ...rowsWithoutEffect(view), ...wrongAnswers(view)];
}

function effectsWithoutRow(view: HistoryView): Violation[] {
  if (!view.inbox) return [];
  return [...view.effectsAt.groups()].flatMap(([effect]) => {
    const state = view.inboxAt.first(nameAt(effect!.consumer, effect!))?.state;
    return state === "done" ? [] : [torn(effect!, `it has an effect, its inbox says ${state ?? "nothing"}`)];
  });
}

function rowsWithoutEffect(view: HistoryView): Violation[] {
  return (view.inbox ?? []).flatMap((entry) => {
    const fault = faultOf(view, entry);
    return fault === undefined ? [] : [torn(entry, fault)];
  });
}

function faultOf(view: HistoryView, entry: InboxEntry): string | undefined {
  const name = nameAt(entry.consumer, entry);
  const commit = view.commitOf.first(nameOf(entry));
  if (entry.state === "dead" && !view.deadAt.has(name)) return "its inbox says dead, it is no dead letter";
  if (entry.state !== "done" || view.effectsAt.has(name)) return undefined;
  if (commit && view.isOperationDone(entry.consumer, commit)) return undefined;
  return "its inbox says done, it has no effect";
}

function torn(entry: EventIdentity & { readonly consumer: string }, detail: string): Violation {
  const { consumer, source, id } = entry;
  return { kind: "torn_inbox", consumer, events: [{ source, id }], detail };
}

function wrongAnswers(view: HistoryView): Violation[] {
  const answersOf = indexBy(view.commits, ({ cause }) => cause && nameAt(cause.consumer, cause));
  const expected = new Map(view.subscriptions.map(({ consumer, answersPerEffect }) => [consumer, answersPerEffect]));
  const checked = view.effects.filter(({ consumer }) => expected.get(consumer) !== undefined);
  const tooFew = [...indexBy(checked, (effect) => nameAt(effect.consumer, effect)).groups()].flatMap((effects) => {
    const { consumer, source, id } = effects[0]!;
    const wanted = effects.length * expected.get(consumer)!;
    const found = answersOf.all(nameAt(consumer, effects[0]!)).length;
    const detail = `${effects.length} effects committed ${found} events along, not ${wanted}`;
    return found === wanted ? [] : [{ kind: "torn_outbox" as const, consumer, events: [{ source, id }], detail }];
  });
  const causeless = view.commits.filter(({ cause }) => cause && !view.effectsAt.has(nameAt(cause.consumer, cause)));
  return [...tooFew, ...causeless.map(answerWithoutEffect)];
}

function answerWithoutEffect({ source, id, cause }: CommittedEvent): Violation {
  return {
    kind: "torn_outbox",
    consumer: cause!.consumer,
    events: [{ source: cause!.source, id: cause!.id }],
    detail: `no effect, yet ${source}/${id} was committed along with it`,
  };
}
