import fc from "fast-check";
import { describe, it } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { CommittedEvent, DeadEvent, Effect, History, InboxEntry, StoredEvent } from "./history.ts";

/** What becomes of one event in a plausible history. */
interface Fate {
  readonly source: string;
  readonly key: string | undefined;
  readonly operation: string | undefined;
  /** Given up by the first consumer; redriven afterwards, or not. */
  readonly end: "handled" | "dead" | "redriven";
}

const fate: fc.Arbitrary<Fate> = fc.record({
  source: fc.constantFrom("/a", "/b"),
  key: fc.constantFrom("k1", "k2", "k3", undefined),
  operation: fc.constantFrom("op1", "op2", undefined, undefined),
  end: fc.constantFrom("handled", "handled", "handled", "dead", "redriven"),
});

/**
 * Gives histories in which every promise was kept: two consumers, two sources with the same ids, several keys that are
 * handled side by side, repeated business operations, dead letters and redrives, messages that a stream keeps twice.
 */
const plausibleHistory: fc.Arbitrary<History> = fc
  .record({ fates: fc.array(fate, { minLength: 1, maxLength: 30 }), shuffle: fc.array(fc.nat(), { minLength: 60 }) })
  .map(({ fates, shuffle }) => {
    const commits = fates.map(toCommit);
    const ranked = interleave(commits, shuffle);
    const handled = [handle("worker", fates, ranked), handle("auditor", fates, ranked)];
    return {
      subscriptions: ["worker", "auditor"].map((consumer) => ({ consumer, types: ["Step"] })),
      commits,
      stored: store(ranked, shuffle),
      effects: handled.flatMap(({ effects }) => effects),
      dead: handled.flatMap(({ dead }) => dead),
      inbox: handled.flatMap(({ inbox }) => inbox),
      queues: [{ name: "outbox", waiting: 0 }],
      waitBoundMs: 1_000,
    };
  });

function toCommit({ source, key, operation }: Fate, index: number): CommittedEvent {
  return { source, id: `id-${index}`, type: "Step", key, operation, order: index, atMs: index };
}

/** Any order that keeps each key's own. */
function interleave(commits: readonly CommittedEvent[], shuffle: readonly number[]): CommittedEvent[] {
  const lines = Map.groupBy(commits, ({ source, key, id }) => (key === undefined ? id : `${source} ${key}`));
  const open = [...lines.values()].map((line) => [...line]);
  return commits.map((_, index) => {
    const at = shuffle[index]! % open.length;
    const next = open[at]!.shift()!;
    if (open[at]!.length === 0) open.splice(at, 1);
    return next;
  });
}

/** Every third message or so stands there a second time, as outside of a broker's dedupe window. */
function store(commits: readonly CommittedEvent[], shuffle: readonly number[]): StoredEvent[] {
  const messages = commits.map(({ source, id }) => ({ source, id, stream: "evt-step" }));
  const repeated = messages.filter((_, index) => shuffle[index]! % 3 === 0);
  return [...messages, ...repeated].map((message, index) => ({ ...message, sequence: BigInt(index + 1) }));
}

function handle(consumer: string, fates: readonly Fate[], ranked: readonly CommittedEvent[]) {
  const effects: Effect[] = [];
  const dead: DeadEvent[] = [];
  const inbox: InboxEntry[] = [];
  const operations = new Set<string>();
  const redrives: CommittedEvent[] = [];

  const run = (commit: CommittedEvent, redriven: boolean) => {
    const { source, id, key, operation, order } = commit;
    inbox.push({ consumer, source, id, state: "done" });
    if (operation !== undefined && operations.has(`${source} ${operation}`)) return;
    operations.add(`${source} ${operation}`);
    const sequence = key === undefined ? undefined : BigInt(order + 100);
    effects.push({ consumer, source, id, key, sequence, redriven, order: effects.length, atMs: fates.length + 1 });
  };
  for (const commit of ranked) {
    const { end } = fates[commit.order]!;
    const { source, id } = commit;
    if (end === "handled" || consumer === "auditor") run(commit, false);
    else dead.push({ consumer, source, id, reason: "terminal" });
    if (end === "redriven" && consumer === "worker") redrives.push(commit);
    if (end === "dead" && consumer === "worker") inbox.push({ consumer, source, id, state: "dead" });
  }
  for (const commit of redrives) run(commit, true);
  return { effects, dead, inbox };
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

it("raises no alarm, whatever was handled side by side, given up, redriven or stored twice", () => {
  fc.assert(fc.property(plausibleHistory, (history) => checkHistory(history).length === 0));
});

describe("one fault in any plausible history", () => {
  const faults: Readonly<Record<string, (history: Mutable<History>, effect: Effect) => void>> = {
    lost: (history, { source, id, consumer }) => {
      history.effects = history.effects.filter(
        (each) => each.id !== id || each.source !== source || each.consumer !== consumer,
      );
    },
    double_effect: (history, effect) => {
      history.effects = [...history.effects, { ...effect, order: history.effects.length }];
    },
    phantom: (history, effect) => {
      history.effects = [...history.effects, { ...effect, id: "never-committed" }];
    },
  };

  it.each(Object.entries(faults))("is found: %s", (kind, damage) => {
    fc.assert(
      fc.property(plausibleHistory, fc.nat(), (history, chosen) => {
        const plain = history.effects.filter((effect) => isPlain(history, effect));
        fc.pre(plain.length > 0);
        const damaged = { ...history };
        damage(damaged, plain[chosen % plain.length]!);
        return checkHistory(damaged).some((violation) => violation.kind === kind);
      }),
    );
  });

  it("is found: any two effects of a key that changed places", () => {
    fc.assert(
      fc.property(plausibleHistory, fc.nat(), (history, chosen) => {
        const pairs = neighbours(history.effects);
        fc.pre(pairs.length > 0);
        const [a, b] = pairs[chosen % pairs.length]!;
        const effects = history.effects.map((effect) =>
          effect === a ? { ...effect, order: b.order } : effect === b ? { ...effect, order: a.order } : effect,
        );
        return checkHistory({ ...history, effects }).some(({ kind }) => kind === "inversion");
      }),
    );
  });
});

/** Without another event of its operation or a dead letter of its own that would account for its loss. */
function isPlain({ commits, dead }: History, { consumer, source, id }: Effect): boolean {
  const commit = commits.find((each) => each.source === source && each.id === id)!;
  if (commit.operation !== undefined) return false;
  return !dead.some((each) => each.consumer === consumer && each.source === source && each.id === id);
}

/** Pairs of effects that follow each other on one key. */
function neighbours(effects: readonly Effect[]): [Effect, Effect][] {
  const keyed = effects.filter(({ key, redriven }) => key !== undefined && !redriven);
  const lines = Map.groupBy(keyed, ({ consumer, source, key }) => `${consumer} ${source} ${key}`);
  return [...lines.values()].flatMap((line) =>
    line.slice(1).map((effect, index): [Effect, Effect] => [line[index]!, effect]),
  );
}
