import type { HistoryExpectation } from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import type { PublishedEvent } from "../context/case-context.ts";
import type { Effect } from "./tables.ts";
import type { Verdict } from "./verdict.ts";

/** What makes an event the same one: its source and its id. */
export interface Identity {
  readonly source: string;
  readonly id: string;
}

/** What happened, as far as the invariants look at it. */
export interface History {
  readonly service: string;
  /** What must have an effect, in the order of its commits. */
  readonly committed: readonly PublishedEvent[];
  /** Everything that may have one. */
  readonly causes: ReadonlySet<string>;
  readonly effects: readonly Effect[];
  readonly dead: ReadonlySet<string>;
  readonly redriven: ReadonlySet<string>;
  /** What rises with the commits of a key. Default: the count `n` that its publisher gave it. */
  readonly placeOf?: (event: Identity) => number;
}

/** An identity as text, to be looked up by. */
export const identity = ({ source, id }: Identity) => `${source} ${id}`;

/** Which invariants a history may break, because of what was done to it. */
export type Leniency = Pick<HistoryExpectation, "atLeastOnce" | "unordered">;

/** Judges a history by the invariants: nothing lost, nothing out of nothing, no effect twice, the order of each key. */
export function judgeHistory(history: History, wanted: Leniency): Verdict[] {
  const { service, committed, causes, effects, dead } = history;
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
  if (!wanted.unordered) verdicts.push(checkOrder(history));
  return verdicts;
}

/** Places rise within a source and key, looking at first effects, redriven events aside. */
function checkOrder({ service, effects, redriven, placeOf }: History): Verdict {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  const wrong: Effect[] = [];
  for (const effect of effects) {
    if (effect.key === undefined || redriven.has(identity(effect)) || seen.has(identity(effect))) continue;
    seen.add(identity(effect));
    const lane = `${effect.source} ${effect.key}`;
    const place = placeOf?.(effect) ?? effect.n;
    if (place < (last.get(lane) ?? 0)) wrong.push(effect);
    last.set(lane, Math.max(place, last.get(lane) ?? 0));
  }
  return judged(
    wrong.length === 0,
    `${service}: effects of a key in the order of their commits`,
    `${list(wrong)} came late`,
  );
}

const shownEvents = 8;

function list(events: readonly { readonly key: string | undefined; readonly n: number }[]): string {
  const shown = events.slice(0, shownEvents).map(({ key, n }) => `${key ?? "-"}:${n}`);
  return `${shown.join(" ")}${events.length > shownEvents ? ` and ${events.length - shownEvents} more` : ""}`;
}

/** A verdict from its three parts. */
export function judged(ok: boolean, expected: string, observed: string): Verdict {
  return { ok, expected, observed };
}
