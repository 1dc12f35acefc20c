import type { Sql } from "../../sdk/ts/src/core/database.ts";
import { readDeadLetter } from "../../sdk/ts/src/core/dead-letter.ts";
import { decodeEnvelope } from "../../sdk/ts/src/core/envelope/decode-envelope.ts";
import type { StoredMessage } from "../../sdk/ts/src/core/message.ts";
import { streamName } from "../../sdk/ts/src/core/subject.ts";
import type { Transport } from "../../sdk/ts/src/core/transport.ts";
import type { DeadEvent, History, InboxEntry, StoredEvent } from "../../sdk/ts/src/testing/history/index.ts";
import type { ProofContract } from "./contract/contract.ts";
import { readCommits, readEffects } from "./ledger.ts";

/** Where a run leaves its traces. */
export interface Scene {
  /** The databases of all services, each once. */
  readonly databases: readonly Sql[];
  readonly broker: Transport;
  readonly contract: ProofContract;
  /** Prefix that keeps runs on one broker apart. Default none. */
  readonly namespace?: string | undefined;
}

/** The services that handle events. */
export const consumers = ["worker", "auditor"] as const;

const streams = ["alpha", "beta", "answers"];

/** Reads from database and broker what took place. */
export async function readHistory(scene: Scene): Promise<History> {
  const { databases, contract } = scene;
  const dead = await Promise.all(consumers.map((consumer) => readDeadEvents(scene, consumer)));
  const stored = await Promise.all(streams.map((stream) => readStored(scene, stream)));
  return {
    subscriptions: [
      { consumer: "worker", types: [contract.step.typeName, contract.deposit.typeName], answersPerEffect: 1 },
      { consumer: "auditor", types: [contract.answer.typeName, contract.step.typeName] },
    ],
    commits: await readAll(databases, readCommits),
    effects: await readAll(databases, readEffects),
    dead: dead.flat(),
    inbox: await readAll(databases, readInbox),
    stored: stored.flat(),
    queues: [
      { name: "the outbox", waiting: await countRows(databases, "concord_outbox") },
      { name: "the parking", waiting: await countRows(databases, "concord_parked") },
    ],
  };
}

/** Counts what waits in the database: rows to send and events to run. */
export async function countWaiting({ databases }: Pick<Scene, "databases">): Promise<number> {
  return (await countRows(databases, "concord_outbox")) + (await countRows(databases, "concord_parked"));
}

/** Reads the dead letters of a consumer, from behind a sequence. */
export function readDeadLetters({ broker, namespace }: Scene, consumer: string, after = 0n): Promise<StoredMessage[]> {
  return readStream(broker, streamName("dlq", consumer, namespace), after);
}

async function readDeadEvents(scene: Scene, consumer: string): Promise<DeadEvent[]> {
  const letters = await readDeadLetters(scene, consumer);
  return letters.map((letter) => {
    const { source, id } = decodeEnvelope(letter.body);
    const { reason, redrives } = readDeadLetter(letter);
    return { consumer, source, id, reason, redrives };
  });
}

async function readStored({ broker, namespace }: Scene, name: string): Promise<StoredEvent[]> {
  const messages = await readStream(broker, streamName("evt", name, namespace));
  return messages.map(({ stream, sequence, body }) => {
    const { source, id } = decodeEnvelope(body);
    return { stream, sequence, source, id };
  });
}

async function readStream(broker: Transport, stream: string, after = 0n): Promise<StoredMessage[]> {
  const state = await broker.streamState(stream);
  const messages: StoredMessage[] = [];
  for (let sequence = after + 1n; sequence <= (state?.lastSequence ?? 0n); sequence++) {
    const message = await broker.get(stream, sequence);
    if (message) messages.push(message);
  }
  return messages;
}

/** Rows of messages that could not be read as events are left out: they have no event. */
async function readInbox(db: Sql): Promise<InboxEntry[]> {
  const rows = await db.query<{ consumer: string; source: string; event_id: string; state: InboxEntry["state"] }>(
    "SELECT consumer, source, event_id, state FROM concord_inbox WHERE source NOT LIKE '##%'",
  );
  return rows.map(({ consumer, source, event_id, state }) => ({ consumer, source, id: event_id, state }));
}

async function readAll<Row>(databases: readonly Sql[], read: (db: Sql) => Promise<Row[]>): Promise<Row[]> {
  return (await Promise.all(databases.map(read))).flat();
}

async function countRows(databases: readonly Sql[], table: string): Promise<number> {
  const counts = await readAll(databases, (db) =>
    db.query<{ count: number | string }>(`SELECT count(*) AS count FROM ${table}`),
  );
  return counts.reduce((sum, { count }) => sum + Number(count), 0);
}
