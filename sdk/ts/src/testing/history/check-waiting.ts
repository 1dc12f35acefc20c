import { indexBy, nameOf } from "./event-index.ts";
import type { Disturbance, Effect } from "./history.ts";
import { type HistoryView, lineOf } from "./history-view.ts";
import type { Violation } from "./violation.ts";

/** Finds keys that had to wait for others, and work that is left. */
export function checkWaiting(view: HistoryView): Violation[] {
  return [...delayedKeys(view), ...unsettled(view)];
}

function delayedKeys(view: HistoryView): Violation[] {
  const { waitBoundMs, failingKeys = [] } = view;
  if (waitBoundMs === undefined) return [];
  const timed = view.effects.filter(({ key, redriven, atMs }) => key !== undefined && !redriven && atMs !== undefined);
  const lines = indexBy(timed, (effect) => `${effect.consumer}\n${lineOf(effect)}`);
  return [...lines.groups()].flatMap((line) => {
    const { consumer, key } = line[0]!;
    if (failingKeys.includes(key!)) return [];
    const [longest] = [...waitsOf(view, line)].sort((a, b) => b.waitMs - a.waitMs);
    if (!longest || longest.waitMs <= waitBoundMs) return [];
    const { source, id } = longest.effect;
    const detail = `waited ${longest.waitMs} ms, the bound is ${waitBoundMs} ms`;
    return [{ kind: "delayed" as const, consumer, key, events: [{ source, id }], detail }];
  });
}

interface Wait {
  readonly effect: Effect;
  readonly waitMs: number;
}

/** An event waits from its commit, or from the effect before it on its key, and not while everything was disturbed. */
function* waitsOf(view: HistoryView, line: readonly Effect[]): Iterable<Wait> {
  let previousMs = Number.NEGATIVE_INFINITY;
  for (const effect of [...line].sort((a, b) => a.order - b.order)) {
    const fromMs = Math.max(previousMs, view.commitOf.first(nameOf(effect))?.atMs ?? effect.atMs!);
    const waitMs = effect.atMs! - fromMs - disturbedMs(view.disturbances ?? [], fromMs, effect.atMs!);
    previousMs = effect.atMs!;
    yield { effect, waitMs };
  }
}

/** Milliseconds of a span in which anything was disturbed. */
function disturbedMs(disturbances: readonly Disturbance[], fromMs: number, toMs: number): number {
  let total = 0;
  let reachedMs = fromMs;
  for (const disturbance of [...disturbances].sort((a, b) => a.fromMs - b.fromMs)) {
    const beginMs = Math.max(reachedMs, disturbance.fromMs);
    const endMs = Math.min(toMs, disturbance.toMs);
    if (endMs <= beginMs) continue;
    total += endMs - beginMs;
    reachedMs = endMs;
  }
  return total;
}

function unsettled(view: HistoryView): Violation[] {
  const queues = (view.queues ?? []).filter(({ waiting }) => waiting > 0);
  const parked = indexBy(
    (view.inbox ?? []).filter(({ state }) => state === "parked"),
    ({ consumer }) => consumer,
  );
  return [
    ...queues.map(({ name, waiting }) => ({
      kind: "unsettled" as const,
      events: [],
      detail: `${name} holds ${waiting}`,
    })),
    ...[...parked.groups()].map((entries) => ({
      kind: "unsettled" as const,
      consumer: entries[0]!.consumer,
      events: entries.map(({ source, id }) => ({ source, id })),
      detail: `${entries.length} events are still parked`,
    })),
  ];
}
