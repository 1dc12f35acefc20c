import { decodeEnvelope } from "../../../sdk/ts/src/core/envelope/decode-envelope.ts";
import type { History, InboxEntry } from "../../../sdk/ts/src/testing/history/index.ts";
import { readCommits, readEffects } from "../ledger.ts";
import { readDeadLetters, readStream } from "./operator.ts";
import type { World } from "./world.ts";

const consumers = ["worker", "auditor"];
const streams = ["evt-alpha", "evt-beta", "evt-answers"];

/** Reads from database and broker what took place. */
export async function readHistory(world: World): Promise<History> {
  const { database, broker, contract } = world;
  const { db } = database;
  const dead = await Promise.all(
    consumers.map(async (consumer) => {
      const letters = await readDeadLetters(broker, consumer);
      return letters.map((letter) => ({ consumer, ...letter }));
    }),
  );
  return {
    subscriptions: [
      { consumer: "worker", types: [contract.step.typeName, contract.deposit.typeName], answersPerEffect: 1 },
      { consumer: "auditor", types: [contract.answer.typeName, contract.step.typeName] },
    ],
    commits: await readCommits(db),
    effects: await readEffects(db),
    dead: dead.flat(),
    inbox: await readInbox(world),
    stored: (await Promise.all(streams.map((stream) => readStored(world, stream)))).flat(),
    queues: [{ name: "the outbox", waiting: await countRows(world, "concord_outbox") }],
  };
}

/** What waits in the database: rows to send and events to run. */
export async function countWaiting(world: World): Promise<number> {
  return (await countRows(world, "concord_outbox")) + (await countRows(world, "concord_parked"));
}

async function countRows({ database }: World, table: string): Promise<number> {
  const [row] = await database.db.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
  return row!.count;
}

/** Rows of messages that could not be read as events are left out: they have no event. */
async function readInbox({ database }: World): Promise<InboxEntry[]> {
  const rows = await database.db.query<{
    consumer: string;
    source: string;
    event_id: string;
    state: InboxEntry["state"];
  }>("SELECT consumer, source, event_id, state FROM concord_inbox WHERE source NOT LIKE '##%'");
  return rows.map(({ consumer, source, event_id, state }) => ({ consumer, source, id: event_id, state }));
}

async function readStored({ broker }: World, stream: string) {
  const messages = await readStream(broker, stream);
  return messages.map(({ sequence, body }) => {
    const { source, id } = decodeEnvelope(body);
    return { stream, sequence, source, id };
  });
}
