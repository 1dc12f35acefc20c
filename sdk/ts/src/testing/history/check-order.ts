import { indexBy, nameOf } from "./event-index.ts";
import type { CommittedEvent, EventIdentity } from "./history.ts";
import { type HistoryView, lineOf } from "./history-view.ts";
import type { Violation } from "./violation.ts";

/** Finds events of one key that came out in another order than they were committed in. */
export function checkOrder(view: HistoryView): Violation[] {
  return [...effectInversions(view), ...sequenceInversions(view), ...streamInversions(view)];
}

/** Redriven events are aside: whoever redrives one has let its key go on before (conformance F14). */
function effectInversions(view: HistoryView): Violation[] {
  const firstEffects = [...view.effectsAt.groups()].map(([effect]) => effect!);
  const inOrder = firstEffects.filter(({ redriven }) => !redriven).sort((a, b) => a.order - b.order);
  const lines = indexBy(inOrder, (effect) => {
    const commit = keyedCommit(view, effect);
    return commit && `${effect.consumer}\n${lineOf(commit)}`;
  });
  return [...lines.groups()].flatMap((line) => {
    const found = findInversion(view, line);
    const { consumer, key } = line[0]!;
    return found ? [{ kind: "inversion" as const, consumer, key, ...found }] : [];
  });
}

function streamInversions(view: HistoryView): Violation[] {
  const firstStored = (view.stored ?? []).filter((message) => view.storedOf.first(nameOf(message)) === message);
  const lines = indexBy(firstStored, (message) => {
    const commit = keyedCommit(view, message);
    return commit && `${message.stream}\n${lineOf(commit)}`;
  });
  return [...lines.groups()].flatMap((line) => {
    const found = findInversion(view, line);
    if (!found) return [];
    const { key } = keyedCommit(view, line[0]!)!;
    return [{ kind: "stream_inversion" as const, key, ...found, detail: `${line[0]!.stream} has ${found.detail}` }];
  });
}

function sequenceInversions(view: HistoryView): Violation[] {
  const sequences = new Map<string, bigint>();
  for (const effect of view.effects) if (effect.sequence !== undefined) sequences.set(nameOf(effect), effect.sequence);
  const known = view.commits.filter((commit) => sequences.has(nameOf(commit)));
  return [...indexBy(known, lineOf).groups()].flatMap((line) => {
    const bySequence = [...line].sort((a, b) => compare(sequences.get(nameOf(a))!, sequences.get(nameOf(b))!));
    const found = findInversion(view, bySequence);
    if (!found) return [];
    return [
      { kind: "sequence_inversion" as const, key: line[0]!.key, ...found, detail: `sequences give ${found.detail}` },
    ];
  });
}

function keyedCommit(view: HistoryView, event: EventIdentity): CommittedEvent | undefined {
  const commit = view.commitOf.first(nameOf(event));
  return commit?.key === undefined ? undefined : commit;
}

/** Ranks shown before and after the first event that is out of place. */
const shown = { before: 3, after: 3 };

/** Looks for an event that comes after a later one of its key. */
function findInversion(
  view: HistoryView,
  line: readonly EventIdentity[],
): Pick<Violation, "events" | "detail"> | undefined {
  const ranks = line.map((event) => view.rankOf(view.commitOf.first(nameOf(event))!)!);
  const late = ranks.flatMap((rank, index) => (index > 0 && rank < ranks[index - 1]! ? [index] : []));
  const [first] = late;
  if (first === undefined) return undefined;
  const around = ranks.slice(Math.max(0, first - shown.before), first + shown.after);
  return {
    events: [line[first - 1]!, line[first]!].map(({ source, id }) => ({ source, id })),
    detail: `commits ${around.join(" ")} in this order, ${late.length} of ${line.length} out of place`,
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
