import { indexBy, nameOf } from "./event-index.ts";
import type { EventIdentity } from "./history.ts";
import { type HistoryView, operationAt } from "./history-view.ts";
import type { Violation } from "./violation.ts";

/**
 * Finds repetitions: effects of one event, effects of one business operation where the contract declares it, messages that
 * the broker should have told apart.
 */
export function checkEffectsOnce(view: HistoryView): Violation[] {
  return [...doubleEffects(view), ...doubleOperations(view), ...repeatedMessages(view)];
}

function doubleEffects(view: HistoryView): Violation[] {
  const doubled = [...view.effectsAt.groups()].filter((effects) => effects.length > 1);
  return doubled.map(([effect, ...more]) => ({
    kind: "double_effect",
    consumer: effect!.consumer,
    key: effect!.key,
    events: [identity(effect!)],
    detail: `${more.length + 1} effects, numbers ${[effect!, ...more].map(({ order }) => order).join(", ")} of its log`,
  }));
}

function doubleOperations(view: HistoryView): Violation[] {
  const firstEffects = [...view.effectsAt.groups()].map(([effect]) => effect!);
  const operations = indexBy(firstEffects, (effect) => {
    const commit = view.commitOf.first(nameOf(effect));
    return commit && operationAt(effect.consumer, commit);
  });
  const doubled = [...operations.groups()].filter((effects) => effects.length > 1);
  return doubled.map((effects) => ({
    kind: "double_operation",
    consumer: effects[0]!.consumer,
    key: effects[0]!.key,
    events: effects.map(identity),
    detail: `${effects.length} events of operation ${view.commitOf.first(nameOf(effects[0]!))?.operation} have an effect`,
  }));
}

function repeatedMessages({ stored = [], dedupedStreams = [] }: HistoryView): Violation[] {
  const kept = stored.filter(({ stream }) => dedupedStreams.includes(stream));
  const repeated = [...indexBy(kept, (message) => `${message.stream}\n${nameOf(message)}`).groups()];
  return repeated
    .filter((messages) => messages.length > 1)
    .map((messages) => ({
      kind: "repeated_message",
      events: [identity(messages[0]!)],
      detail: `${messages[0]!.stream} keeps it at ${messages.map(({ sequence }) => sequence).join(", ")}`,
    }));
}

function identity({ source, id }: EventIdentity) {
  return { source, id };
}
