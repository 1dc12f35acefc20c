import { indexBy, nameAt, nameOf } from "./event-index.ts";
import type { CommittedEvent, EventIdentity } from "./history.ts";
import type { HistoryView } from "./history-view.ts";
import type { Violation, ViolationKind } from "./violation.ts";

/** Finds what is missing: lost = committed − effects − dead, and commits that no stream keeps. */
export function checkNothingLost(view: HistoryView): Violation[] {
  const commits = view.commits.filter((commit) => !view.isLostByBroker(commit));
  const lost = view.subscriptions.flatMap(({ consumer, types }) => {
    const missing = commits.filter((commit) => types.includes(commit.type) && !isSettled(view, consumer, commit));
    return grouped("lost", missing, (commit) => whereabouts(view, consumer, commit), consumer);
  });
  const swallowed = (view.redriven ?? []).filter((event) => !hasRunAgain(view, event));
  lost.push(
    ...grouped("lost", swallowed, ({ consumer }) => `redriven at ${consumer}, no effect and no second dead letter`),
  );
  if (!view.stored) return lost;
  const unpublished = commits.filter((commit) => !view.storedOf.has(nameOf(commit)));
  return [...lost, ...grouped("unpublished", unpublished, () => "it stands in no stream")];
}

/** Finds what is too much: effects and messages that no commit accounts for, dead letters without a reason. */
export function checkNothingInvented(view: HistoryView): Violation[] {
  const needless = view.dead.filter((event) => {
    const commit = view.commitOf.first(nameOf(event));
    // What the inbox no longer knows may come again and is then refused.
    if (commit && event.reason === "too_old" && hadItsEffect(view, event.consumer, commit)) return false;
    return commit?.mayDie === false;
  });
  const effects = view.effects.filter((effect) => !isHandled(view, effect));
  const stored = (view.stored ?? []).filter((message) => !view.commitOf.has(nameOf(message)));
  return [
    ...grouped("phantom", effects, (effect) => explainPhantom(view, effect)),
    ...grouped("phantom_message", stored, ({ stream }) => `stands in ${stream}, no commit wrote it`),
    ...grouped("needless_death", needless, ({ consumer, reason }) => `${consumer} gave it up as ${reason}`),
  ];
}

function isSettled(view: HistoryView, consumer: string, commit: CommittedEvent): boolean {
  return view.deadAt.has(nameAt(consumer, commit)) || hadItsEffect(view, consumer, commit);
}

/** Its own effect, or that of its whole business operation. */
function hadItsEffect(view: HistoryView, consumer: string, commit: CommittedEvent): boolean {
  return view.effectsAt.has(nameAt(consumer, commit)) || view.isOperationDone(consumer, commit);
}

function hasRunAgain(view: HistoryView, event: EventIdentity & { readonly consumer: string }): boolean {
  const name = nameAt(event.consumer, event);
  const commit = view.commitOf.first(nameOf(event));
  if (view.effectsAt.has(name) || (commit && hadItsEffect(view, event.consumer, commit))) return true;
  return view.deadAt.all(name).some(({ redrives = 0 }) => redrives > 0);
}

function isHandled(view: HistoryView, effect: EventIdentity & { readonly consumer: string }): boolean {
  const type = view.commitOf.first(nameOf(effect))?.type;
  if (type === undefined) return false;
  return view.subscriptions.some(({ consumer, types }) => consumer === effect.consumer && types.includes(type));
}

function explainPhantom(view: HistoryView, effect: EventIdentity & { readonly consumer: string }): string {
  if (view.commitOf.has(nameOf(effect))) return `an effect at ${effect.consumer}, which does not handle the event`;
  const where = view.storedOf.first(nameOf(effect));
  return `an effect at ${effect.consumer}, no commit; ${where ? `it stands in ${where.stream}` : "in no stream either"}`;
}

/** The last place that knew the event, so that a reader knows where to look. */
function whereabouts(view: HistoryView, consumer: string, commit: CommittedEvent): string {
  const message = view.storedOf.first(nameOf(commit));
  if (view.stored && !message) return "no effect, no dead letter; it never reached a stream";
  const state = view.inboxAt.first(nameAt(consumer, commit))?.state;
  const inbox = view.inbox ? `, its inbox says ${state ?? "nothing"}` : "";
  return `no effect, no dead letter${message ? `; it stands in ${message.stream}` : ""}${inbox}`;
}

/** One violation for all events that one sentence describes. */
function grouped<Event extends EventIdentity>(
  kind: ViolationKind,
  events: readonly Event[],
  toDetail: (event: Event) => string,
  consumer?: string,
): Violation[] {
  return [...indexBy(events, toDetail).groups()].map((group) => ({
    kind,
    consumer,
    events: group.map(({ source, id }) => ({ source, id })),
    detail: `${group.length === 1 ? "" : `${group.length} events: `}${toDetail(group[0]!)}`,
  }));
}
