import { describe, expect, it } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { CommittedEvent, History } from "./history.ts";
import { formatViolation, violationKinds } from "./violation.ts";

const source = "/shop/orders";
const consumer = "stock";

/** Three events of one key, handled as they should be. */
function good(): Mutable<History> {
  const ids = ["e1", "e2", "e3"];
  return {
    subscriptions: [{ consumer, types: ["Step"] }],
    commits: ids.map((id, order) => ({ source, id, type: "Step", key: "k1", order, atMs: order })),
    stored: ids.map((id, index) => ({ source, id, stream: "evt-orders", sequence: BigInt(index + 1) })),
    effects: ids.map((id, order) => ({ consumer, source, id, key: "k1", order, sequence: BigInt(order + 7), atMs: 9 })),
    inbox: ids.map((id) => ({ consumer, source, id, state: "done" as const })),
    dead: [],
    queues: [{ name: "outbox of orders", waiting: 0 }],
    waitBoundMs: 100,
  };
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** The lines that a history is reported with after something was done to it. */
function linesAfter(damage: (history: Mutable<History>) => void): string[] {
  const history = good();
  damage(history);
  return checkHistory(history).map(formatViolation);
}

function swap<Entry>(entries: readonly Entry[], a: number, b: number): Entry[] {
  const swapped = [...entries];
  [swapped[a], swapped[b]] = [entries[b]!, entries[a]!];
  return swapped;
}

describe("a history without faults", () => {
  it("is reported with nothing", () => {
    expect(checkHistory(good())).toEqual([]);
  });
});

describe("a faulty history is reported as", () => {
  it("lost, where the event was seen last", () => {
    const lines = linesAfter((history) => {
      history.effects = history.effects.filter(({ id }) => id !== "e3");
    });
    expect(lines).toEqual([
      "lost at stock: no effect, no dead letter; it stands in evt-orders, its inbox says done [/shop/orders/e3]",
      "torn_inbox at stock: its inbox says done, it has no effect [/shop/orders/e3]",
    ]);
  });

  it("lost and unpublished, when it never left the outbox", () => {
    const lines = linesAfter((history) => {
      for (const name of ["effects", "inbox", "stored"] as const) history[name] = [];
      history.queues = [{ name: "outbox of orders", waiting: 3 }];
    });
    expect(lines).toEqual([
      "lost at stock: 3 events: no effect, no dead letter; it never reached a stream [/shop/orders/e1, /shop/orders/e2, /shop/orders/e3]",
      "unpublished: 3 events: it stands in no stream [/shop/orders/e1, /shop/orders/e2, /shop/orders/e3]",
      "unsettled: outbox of orders holds 3",
    ]);
  });

  it("double_effect", () => {
    const lines = linesAfter((history) => {
      history.effects = [...history.effects, { ...history.effects[1]!, order: 3 }];
    });
    expect(lines).toEqual(["double_effect at stock key k1: 2 effects, numbers 1, 3 of its log [/shop/orders/e2]"]);
  });

  it("double_operation, when two events of one operation have an effect", () => {
    const lines = linesAfter((history) => {
      history.commits = history.commits.map((commit, index) =>
        index < 2 ? { ...commit, operation: "pay-7" } : commit,
      );
    });
    expect(lines).toEqual([
      "double_operation at stock key k1: 2 events of operation pay-7 have an effect [/shop/orders/e1, /shop/orders/e2]",
    ]);
  });

  it("lost, when a redrive was swallowed (T38)", () => {
    const lines = linesAfter((history) => {
      history.effects = history.effects.slice(0, 2);
      history.inbox = history.inbox!.map((entry) => (entry.id === "e3" ? { ...entry, state: "dead" } : entry));
      history.dead = [{ consumer, source, id: "e3", reason: "terminal" }];
      history.redriven = [{ consumer, source, id: "e3" }];
    });
    expect(lines).toEqual(["lost: redriven at stock, no effect and no second dead letter [/shop/orders/e3]"]);
  });

  it("repeated_message, when the broker could not tell a repetition (T22)", () => {
    const lines = linesAfter((history) => {
      history.stored = [...history.stored!, { ...history.stored![0]!, sequence: 4n }];
      history.dedupedStreams = ["evt-orders"];
    });
    expect(lines).toEqual(["repeated_message: evt-orders keeps it at 1, 4 [/shop/orders/e1]"]);
  });

  it("nothing, where the broker lost what it had acknowledged", () => {
    const lines = linesAfter((history) => {
      for (const name of ["effects", "inbox", "stored"] as const) history[name] = history[name]!.slice(0, 2) as never;
      history.lostByBroker = [{ source, id: "e3" }];
    });
    expect(lines).toEqual([]);
  });

  it("phantom, when nobody committed what has an effect", () => {
    const lines = linesAfter((history) => {
      history.commits = history.commits.slice(0, 2);
    });
    expect(lines).toEqual([
      "phantom: an effect at stock, no commit; it stands in evt-orders [/shop/orders/e3]",
      "phantom_message: stands in evt-orders, no commit wrote it [/shop/orders/e3]",
    ]);
  });

  it("phantom, when a consumer handles what it does not subscribe to", () => {
    const lines = linesAfter((history) => {
      history.subscriptions = [{ consumer, types: [] }];
    });
    expect(lines[0]).toMatch(/^phantom: 3 events: an effect at stock, which does not handle the event/);
  });

  it("needless_death, when an event without a fault is given up", () => {
    const lines = linesAfter((history) => {
      history.commits = history.commits.map((commit) => ({ ...commit, mayDie: commit.id === "e1" }));
      history.dead = ["e1", "e2"].map((id) => ({ consumer, source, id, reason: "exhausted" }));
    });
    expect(lines).toEqual(["needless_death: stock gave it up as exhausted [/shop/orders/e2]"]);
  });

  it("nothing, when an event comes again that the inbox forgot, and had its effect or that of its operation", () => {
    const lines = linesAfter((history) => {
      history.commits = history.commits.map((commit) => ({ ...commit, mayDie: false, operation: `pay ${commit.id}` }));
      const again = { source, id: "e4", type: "Step", key: "k1", order: 3, atMs: 3, mayDie: false };
      history.commits = [...history.commits, { ...again, operation: "pay e3" }];
      history.stored = [...history.stored!, { source, id: "e4", stream: "evt-orders", sequence: 4n }];
      history.dead = ["e3", "e4"].map((id) => ({ consumer, source, id, reason: "too_old" }));
    });
    expect(lines).toEqual([]);
  });

  it("inversion of effects, with the order that was observed", () => {
    const lines = linesAfter((history) => {
      history.effects = swap(history.effects, 0, 1).map((effect, order) => ({ ...effect, order }));
    });
    expect(lines).toEqual([
      "inversion at stock key k1: commits 2 1 3 in this order, 1 of 3 out of place [/shop/orders/e2, /shop/orders/e1]",
    ]);
  });

  it("inversion of sequences, even when the effects came in order by luck", () => {
    const lines = linesAfter((history) => {
      const sequences = [8n, 7n, 9n];
      history.effects = history.effects.map((effect, index) => ({ ...effect, sequence: sequences[index] }));
    });
    expect(lines).toEqual([
      "sequence_inversion key k1: sequences give commits 2 1 3 in this order, 1 of 3 out of place [/shop/orders/e2, /shop/orders/e1]",
    ]);
  });

  it("inversion in a stream, even when no consumer showed it", () => {
    const lines = linesAfter((history) => {
      history.stored = swap(history.stored!, 1, 2);
    });
    expect(lines).toEqual([
      "stream_inversion key k1: evt-orders has commits 1 3 2 in this order, 1 of 3 out of place [/shop/orders/e3, /shop/orders/e2]",
    ]);
  });

  it("torn_inbox, when an effect has no inbox row, or a dead one no dead letter", () => {
    const lines = linesAfter((history) => {
      history.inbox = [{ ...history.inbox![0]!, state: "dead" }, history.inbox![1]!];
    });
    expect(lines).toEqual([
      "torn_inbox at stock: it has an effect, its inbox says dead [/shop/orders/e1]",
      "torn_inbox at stock: it has an effect, its inbox says nothing [/shop/orders/e3]",
      "torn_inbox at stock: its inbox says dead, it is no dead letter [/shop/orders/e1]",
    ]);
  });

  it("torn_outbox, when an effect and its answers are not both there", () => {
    const answer = (id: string, cause: string): CommittedEvent => ({
      ...{ source: "/shop/stock", id, type: "Answer", order: 1 },
      cause: { consumer, source, id: cause },
    });
    const lines = linesAfter((history) => {
      history.subscriptions = [{ consumer, types: ["Step"], answersPerEffect: 1 }];
      history.commits = [...history.commits, answer("a1", "e1"), answer("a3", "e3"), answer("a4", "e4")];
      history.stored = undefined;
    });
    expect(lines).toEqual([
      "torn_outbox at stock: 1 effects committed 0 events along, not 1 [/shop/orders/e2]",
      "torn_outbox at stock: no effect, yet /shop/stock/a4 was committed along with it [/shop/orders/e4]",
    ]);
  });

  it("delayed, when a key waits though only others fail, and not for its own failures or an outage", () => {
    const late = (history: Mutable<History>) => {
      history.effects = history.effects.map((effect, order) => ({ ...effect, atMs: order < 2 ? 5 : 500 }));
    };
    expect(linesAfter(late)).toEqual(["delayed at stock key k1: waited 495 ms, the bound is 100 ms [/shop/orders/e3]"]);
    const failing = linesAfter((history) => {
      late(history);
      history.failingKeys = ["k1"];
    });
    const disturbed = linesAfter((history) => {
      late(history);
      history.disturbances = [
        { fromMs: 0, toMs: 300 },
        { fromMs: 200, toMs: 410 },
      ];
    });
    expect([...failing, ...disturbed]).toEqual([]);
  });

  it("unsettled, when events are still parked", () => {
    const lines = linesAfter((history) => {
      history.effects = history.effects.slice(0, 2);
      history.inbox = history.inbox!.map((entry, index) => (index === 2 ? { ...entry, state: "parked" } : entry));
    });
    expect(lines[1]).toBe("unsettled at stock: 1 events are still parked [/shop/orders/e3]");
  });
});

it("explains every kind of violation", () => {
  for (const [kind, sentence] of Object.entries(violationKinds)) expect(sentence, kind).toMatch(/^\w.+[^.]$/);
});
