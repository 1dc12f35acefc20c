import { decodeMessage } from "../core/decode-message.ts";
import type { Handle, IncomingEvent, Outcome } from "../core/handler.ts";
import type { Log } from "../core/log.ts";
import type { StoredMessage } from "../core/message.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { AttemptStore } from "../core/store/parking-store.ts";
import { parseSubject } from "../core/subject.ts";
import type { ConsumerInbox } from "./inbox-port.ts";
import { eventFields } from "./middleware/log.ts";
import type { SettleAttempt, Settler } from "./partition-session.ts";
import type { Router } from "./router.ts";

/** What {@link createEventSettler} works with. */
export interface EventSettlerOptions {
  readonly service: string;
  readonly router: Router;
  readonly handle: Handle;
  readonly inbox: ConsumerInbox;
  readonly attempts: AttemptStore;
  /** Runs that never ended after which an event is a dead letter. Default: the attempts of its contract. */
  readonly maxDeliveries: number | undefined;
  /** Told when an event went to the database. */
  readonly onParked: () => void;
  readonly log: Log;
}

/** Settles the messages of event and command streams through the inbox. */
export function createEventSettler(options: EventSettlerOptions): Settler {
  const { service, router, handle, inbox, attempts, log } = options;
  /** Events read once and tried again; messages are not decoded for each attempt. */
  const decoded = new WeakMap<StoredMessage, IncomingEvent>();
  /** Suspects whose run this process has counted, and has not died of since. */
  const counted = new Set<string>();

  return {
    async isSettled(message) {
      const event = tryDecode(message);
      return event !== undefined && inbox.isSettled(event);
    },
    settle: (message, attempt) =>
      withEvent(message, async (event) => (await giveUp(event, attempt)) ?? takeBack(event, await run(event, attempt))),
    settleBatch,
    spill: (message, wait) => withEvent(message, (event) => inbox.park(event, wait)),
  };

  async function settleBatch(messages: readonly StoredMessage[], signal: AbortSignal) {
    const events = messages.map(tryDecode);
    if (!events.every((event) => event !== undefined)) return undefined;
    const logFor = (event: IncomingEvent) => log.child(eventFields(event));
    const ending = await inbox.processBatch(events, handle, { signal, logFor });
    if (ending.kind === "settled") {
      return ending.outcomes.map((outcome, index) => note(messages[index]!, outcome, events[index]!));
    }
    log.debug(
      { events: events.length, err: ending.cause },
      "a batch was rolled back; its events are handled one by one",
    );
    return undefined;
  }

  async function withEvent(
    message: StoredMessage,
    settle: (event: IncomingEvent) => Promise<Outcome>,
  ): Promise<Outcome> {
    let event: IncomingEvent | undefined;
    try {
      event = decode(message);
    } catch (error) {
      return note(message, await inbox.reject(message, error));
    }
    return event ? note(message, await settle(event), event) : { kind: "done" };
  }

  function decode(message: StoredMessage): IncomingEvent | undefined {
    const known = decoded.get(message);
    if (known) return known;
    const event = decodeMessage(message, router.find);
    if (event) decoded.set(message, event);
    return event;
  }

  function tryDecode(message: StoredMessage): IncomingEvent | undefined {
    try {
      return decode(message);
    } catch {
      return undefined;
    }
  }

  function run(event: IncomingEvent, { attempt, signal }: SettleAttempt): Promise<Outcome> {
    return inbox.process(event, handle, { attempt, signal, log: log.child(eventFields(event)) });
  }

  /** Counts the run of a message that a process may have died of, before it begins; too many, and it is a dead letter. */
  async function giveUp(event: IncomingEvent, { isSuspect }: SettleAttempt): Promise<Outcome | undefined> {
    const { message, contract } = event;
    if (!isSuspect || counted.has(nameOf(message))) return undefined;
    const begun = await attempts.begin(partitionOf(message), message.sequence);
    counted.add(nameOf(message));
    // The run that made it a suspect was not counted.
    const maxDeliveries = options.maxDeliveries ?? contract.retry.maxAttempts;
    return begun + 1 > maxDeliveries ? inbox.exhaust(event, begun) : undefined;
  }

  /** A run that ended, even in a failure, has killed nobody. */
  async function takeBack({ message }: IncomingEvent, outcome: Outcome): Promise<Outcome> {
    if (outcome.kind !== "retry" || !counted.delete(nameOf(message))) return outcome;
    try {
      await attempts.takeBack(partitionOf(message), message.sequence);
    } catch (error) {
      log.debug({ stream: message.stream, sequence: String(message.sequence), err: error }, "a run stays counted");
    }
    return outcome;
  }

  function partitionOf({ stream, subject }: StoredMessage): PartitionRef {
    return { consumer: service, stream, partition: parseSubject(subject)!.partition };
  }

  function note(message: StoredMessage, outcome: Outcome, event?: IncomingEvent): Outcome {
    counted.delete(nameOf(message));
    if (outcome.kind === "parked") options.onParked();
    if (outcome.kind === "done" || outcome.kind === "retry") return outcome;
    const fields = event ? eventFields(event) : { stream: message.stream, sequence: String(message.sequence) };
    if (outcome.kind === "dead") log.warn(fields, "event became a dead letter");
    else log.debug({ ...fields, outcome: outcome.kind }, "event settled without its handler");
    return outcome;
  }
}

function nameOf({ stream, sequence }: StoredMessage): string {
  return `${stream}/${sequence}`;
}
