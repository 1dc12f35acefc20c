import type { EventIdentity } from "./history.ts";

/**
 * The ways to break the promise, each with the sentence that explains it. `lost`, `double_effect`, `double_operation`,
 * `phantom` and the two inversions are what a user would see; the others tell where it went wrong, or that it is about to.
 */
export const violationKinds = {
  lost: "a committed event has no effect at a consumer and is no dead letter there",
  double_effect: "one event has several effects at one consumer",
  double_operation: "several events of one business operation have an effect at one consumer",
  phantom: "an effect has no committed event behind it",
  inversion: "effects on one key are not in the order of the producer's commits",
  sequence_inversion: "the sequences of one key do not rise in the order of the producer's commits",
  stream_inversion: "events of one key first stand in their stream in another order than they were committed",
  phantom_message: "a stream keeps an event that nobody committed",
  repeated_message: "a stream keeps an event twice although its dedupe window covers both",
  unpublished: "a committed event never reached its stream",
  torn_inbox: "an inbox and the effects of its transactions disagree",
  torn_outbox: "an effect and the events committed along with it disagree",
  needless_death: "an event that its handler can handle became a dead letter",
  delayed: "a key waited beyond the bound though none of its own events failed",
  unsettled: "something is left to do after all should be done",
} as const;

/** One way to break the promise. */
export type ViolationKind = keyof typeof violationKinds;

/** One broken promise. */
export interface Violation {
  readonly kind: ViolationKind;
  /** The events in question, in the order that they were observed in. */
  readonly events: readonly EventIdentity[];
  readonly consumer?: string | undefined;
  readonly key?: string | undefined;
  /** What was found, and where. */
  readonly detail: string;
}

/** Ids that one line names; the others are counted. */
const maxIds = 4;

/** Writes a violation as one line: what, where, which key, which events. */
export function formatViolation({ kind, events, consumer, key, detail }: Violation): string {
  const at = consumer === undefined ? "" : ` at ${consumer}`;
  const of = key === undefined ? "" : ` key ${key}`;
  return `${kind}${at}${of}: ${detail}${formatEvents(events)}`;
}

function formatEvents(events: readonly EventIdentity[]): string {
  if (events.length === 0) return "";
  const named = events.slice(0, maxIds).map(({ source, id }) => `${source}/${id}`);
  const more = events.length > maxIds ? ` and ${events.length - maxIds} more` : "";
  return ` [${named.join(", ")}${more}]`;
}
