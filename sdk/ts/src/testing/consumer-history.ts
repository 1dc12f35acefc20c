import { readServiceSubject } from "../core/dead-letter.ts";
import { decodeEnvelope } from "../core/envelope/decode-envelope.ts";
import type { Envelope } from "../core/envelope/envelope.ts";
import { headerNames, type StoredMessage } from "../core/message.ts";
import { streamName } from "../core/subject.ts";
import type { ConsumerBed } from "./consumer-bed.ts";
import type { CommittedEvent, History, InboxEntry, StoredEvent } from "./history/index.ts";

/** What a history of one consumer is read with. */
export interface ConsumerHistoryOptions {
  /** The streams of the events it handles. */
  readonly streams: readonly string[];
  /** The streams that its handler publishes to. */
  readonly answers?: readonly string[];
  readonly types: readonly string[];
  readonly answersPerEffect?: number;
}

/**
 * Reads what happened in a bed once it has come to rest: what was committed from the streams, which nobody but producers
 * writes here, everything else from the service's own tables and its dead letters.
 */
export async function readConsumerHistory(bed: ConsumerBed, options: ConsumerHistoryOptions): Promise<History> {
  const { streams, answers = [], types, answersPerEffect } = options;
  await bed.relay();
  const events = await readEvents(bed, streams);
  const replies = await readEvents(bed, answers);
  const sourceOf = new Map(events.map(({ envelope }) => [envelope.id, envelope.source]));
  const redriven = new Set(
    (await bed.stored(streamName("rdr", bed.service))).map((message) => toEvent(message)?.envelope.id),
  );
  const letters = await bed.stored(streamName("dlq", bed.service));
  return {
    subscriptions: [{ consumer: bed.service, types, answersPerEffect }],
    commits: [
      ...firsts(events).map(toCommit),
      ...firsts(replies).map((event): CommittedEvent => {
        const id = event.envelope.causationId!;
        return { ...toCommit(event), cause: { consumer: bed.service, id, source: sourceOf.get(id)! } };
      }),
    ],
    effects: (await bed.effects()).map(({ source, eventId, key }, order) => ({
      consumer: bed.service,
      source,
      id: eventId,
      key,
      order,
      redriven: redriven.has(eventId),
    })),
    dead: letters.flatMap((message) => {
      const event = toEvent(message);
      if (!event || readServiceSubject(message.subject)?.tree !== "dlq") return [];
      const { source, id } = event.envelope;
      return [{ consumer: bed.service, source, id, reason: message.headers[headerNames.reason]! }];
    }),
    inbox: await readInbox(bed),
    stored: [...events, ...replies].map(toStored),
    queues: [
      { name: "parked", waiting: await countRows(bed, "concord_parked") },
      { name: "outbox", waiting: await countRows(bed, "concord_outbox") },
    ],
  };
}

interface ReadEvent {
  readonly message: StoredMessage;
  readonly envelope: Envelope;
}

async function readEvents(bed: ConsumerBed, streams: readonly string[]): Promise<readonly ReadEvent[]> {
  const messages = (await Promise.all(streams.map((stream) => bed.stored(stream)))).flat();
  return messages.map(toEvent).filter((event) => event !== undefined);
}

/** An event that stands in a stream twice was committed once. */
function firsts(events: readonly ReadEvent[]): readonly ReadEvent[] {
  const known = new Map<string, ReadEvent>();
  for (const event of events) {
    const name = `${event.envelope.source}/${event.envelope.id}`;
    if (!known.has(name)) known.set(name, event);
  }
  return [...known.values()];
}

function toEvent(message: StoredMessage): ReadEvent | undefined {
  try {
    return { message, envelope: decodeEnvelope(message.body) };
  } catch {
    return undefined;
  }
}

function toCommit({ message, envelope }: ReadEvent): CommittedEvent {
  const { source, id, type, key } = envelope;
  return { source, id, type, key, order: Number(message.sequence) };
}

function toStored({ message, envelope }: ReadEvent): StoredEvent {
  return { stream: message.stream, sequence: message.sequence, source: envelope.source, id: envelope.id };
}

/** Rows of messages that are known by their place only have no event. */
async function readInbox({ database }: ConsumerBed): Promise<InboxEntry[]> {
  const rows = await database.query<{ consumer: string; source: string; event_id: string; state: InboxEntry["state"] }>(
    database.db,
    "SELECT consumer, source, event_id, state FROM concord_inbox WHERE source NOT LIKE '##%'",
  );
  return rows.map(({ consumer, source, event_id, state }) => ({ consumer, source, id: event_id, state }));
}

async function countRows({ database }: ConsumerBed, table: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(database.db, `SELECT count(*) AS count FROM ${table}`);
  return Number(row!.count);
}
