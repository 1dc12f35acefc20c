import { setTimeout as delay } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { RuleSchema } from "@concord/gen/concord/conformance/v1/delivery_pb.js";
import { type Event, EventSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { fixtureData } from "../context/fixture-events.ts";
import { fullTypeName } from "../context/fixtures.ts";
import { readBytes } from "../wire/bytes-value.ts";
import type { Player } from "./player.ts";

const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
/** More than any run comes to. */
const maxEvents = 1_000;

/** Which numbers fail once and are parked for it, are given up until they are redriven, or publish a note. */
const kinds = { fails: 7, dies: 13, notes: 5 };

/** What the handler of a number does. */
export type Fate = "ack" | "fails" | "dies" | "notes";

/** The fate of the event with a number. */
export function fateOf(n: number): Fate {
  if (n % kinds.dies === 0) return "dies";
  if (n % kinds.fails === 0) return "fails";
  return n % kinds.notes === 0 ? "notes" : "ack";
}

/** The script that has each number meet its fate, the same in every language and life. */
export function crashScript(): MessageInitShape<typeof RuleSchema>[] {
  return Array.from({ length: maxEvents }, (_, n) => n).flatMap((n): MessageInitShape<typeof RuleSchema>[] => {
    const fate = fateOf(n);
    if (fate === "dies") return [{ match: { n, redrive: 0 }, do: "terminal" }];
    if (fate === "fails") return [{ match: { n, attempt: 1 }, do: "throw" }];
    return fate === "notes" ? [{ match: { n }, do: "publish", events: [note(n)] }] : [];
  });
}

function note(n: number): Event {
  const type = fullTypeName("NotedEvent");
  const data = fixtureData(type, { key: "note", n }, { padding: "" });
  return create(EventSchema, { type, data: readBytes(data) });
}

function counted(key: string, n: number): Event {
  const type = fullTypeName("");
  return create(EventSchema, { type, data: readBytes(fixtureData(type, { key, n }, { padding: "" })) });
}

/** Numbers events across all producers, as many as are allowed so far: a loaded machine gets as much work as a quiet one. */
export interface Counter {
  next(): number;
  readonly isUsedUp: boolean;
  allow(more: number): void;
}

/** Makes a counter that begins with 1. */
export function createCounter(): Counter {
  let n = 0;
  let allowed = 0;
  return {
    next: () => ++n,
    get isUsedUp() {
      return n >= allowed;
    },
    allow(more) {
      allowed += more;
    },
  };
}

/** Publishes transaction after transaction until the signal comes. What fails with its process is not repeated. */
export async function produce(
  player: Player,
  counter: Counter,
  { below, signal }: { readonly below: (bound: number) => number; readonly signal: AbortSignal },
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    await delay(5 + below(30));
    if (counter.isUsedUp) continue;
    const tx = `t${turn}`;
    const events = Array.from({ length: 1 + below(6) }, () => counted(keys[below(keys.length)]!, counter.next()));
    const isGivenUp = below(10) === 0;
    try {
      await player.request({ case: "outboxBegin", value: { tx } });
      await player.request({ case: "outboxPublish", value: { tx, events } });
      if (isGivenUp) await player.request({ case: "outboxRollback", value: { tx } });
      else await player.request({ case: "outboxCommit", value: { tx } });
    } catch {
      // Killed, cut off, or in conflict with the other producer: what was committed stands in the table.
      await player.request({ case: "outboxRollback", value: { tx } }).catch(() => {});
    }
  }
}
