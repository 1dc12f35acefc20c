import { fromBinary } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { AckPolicy, type ConsumerMessages, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import pg from "pg";
import type { Credited } from "./contract.ts";
import { accountTables, type Credit, credit } from "./reader.ts";
import type { Servers } from "./servers.ts";
import { createCountdown } from "./stopwatch.ts";

/** One event as its consumer sees it. */
export interface Delivered {
  readonly consumer: string;
  /** A UUID. */
  readonly id: string;
  readonly account: string;
  readonly amount: number;
}

/** Makes the accounts, and the table that knows what was handled. */
export async function createTablesByHand(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  for (const statement of accountTables) await pool.query(statement);
  await pool.query("CREATE TABLE handled (consumer text, event_id uuid, PRIMARY KEY (consumer, event_id))");
  await pool.end();
}

const claim = "INSERT INTO handled (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/** Dedupe row and effect in one transaction. The first is a prepared statement, the second is business, as in our handler. */
export async function handleByHand(pool: pg.Pool, { consumer, id, account, amount }: Delivered): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const claimed = await client.query({ name: "claim", text: claim, values: [consumer, id] });
    if (claimed.rowCount === 1) await client.query(credit, [amount, account]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

/** How a consumer written by hand is run. */
export interface ByHandOptions {
  readonly name: string;
  readonly count: number;
  readonly concurrency: number;
}

/** What one writes by hand: a durable consumer, so many transactions at once, the acknowledgement after each. */
export async function consumeByHand(
  { natsUrl, databaseUrl }: Servers,
  credited: Credited,
  { name, count, concurrency }: ByHandOptions,
): Promise<number> {
  const client = await connect({ servers: natsUrl });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: concurrency });
  try {
    const countdown = createCountdown(count);
    const messages = await openMessages(client, name);
    const arriving = messages[Symbol.asyncIterator]();
    const work = async () => {
      for (let next = await arriving.next(); !next.done; next = await arriving.next()) {
        await handleByHand(pool, { consumer: name, ...decode(credited, next.value.data) });
        next.value.ack();
        countdown.count();
      }
    };
    const working = Array.from({ length: concurrency }, work);
    const perSecond = await countdown.perSecond;
    messages.stop();
    await Promise.all(working);
    return perSecond;
  } finally {
    await Promise.all([pool.end(), client.close()]);
  }
}

const claimMany =
  "INSERT INTO handled SELECT $1, id FROM unnest($2::uuid[]) AS id ON CONFLICT DO NOTHING RETURNING event_id";

/** Dedupe rows in one statement, then effect after effect, in one transaction. */
async function handleBatchByHand(pool: pg.Pool, consumer: string, batch: readonly Omit<Delivered, "consumer">[]) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const values = [consumer, batch.map(({ id }) => id)];
    const { rows } = await client.query<{ event_id: string }>({ name: "claimMany", text: claimMany, values });
    const claimed = new Set(rows.map(({ event_id }) => event_id));
    for (const { id, account, amount } of batch) if (claimed.delete(id)) await client.query(credit, [amount, account]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

/** The same in batches: so many transactions at once, each of so many events. */
export async function consumeBatchesByHand(
  { natsUrl, databaseUrl }: Servers,
  credited: Credited,
  { name, count, concurrency, maxEvents }: ByHandOptions & { readonly maxEvents: number },
): Promise<number> {
  const client = await connect({ servers: natsUrl });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: concurrency });
  try {
    const countdown = createCountdown(count);
    const messages = await openMessages(client, name, concurrency * maxEvents * 2);
    const arriving = messages[Symbol.asyncIterator]();
    let left = count;
    const work = async () => {
      while (left > 0) {
        const size = Math.min(left, maxEvents);
        left -= size;
        const batch = [];
        while (batch.length < size) batch.push((await arriving.next()).value as JsMsg);
        await handleBatchByHand(
          pool,
          name,
          batch.map(({ data }) => decode(credited, data)),
        );
        for (const message of batch) {
          message.ack();
          countdown.count();
        }
      }
    };
    const working = Array.from({ length: concurrency }, work);
    const perSecond = await countdown.perSecond;
    messages.stop();
    await Promise.all(working);
    return perSecond;
  } finally {
    await Promise.all([pool.end(), client.close()]);
  }
}

async function openMessages(client: NatsConnection, name: string, ahead = 256): Promise<ConsumerMessages> {
  const manager = await jetstreamManager(client);
  const settings = { durable_name: name, ack_policy: AckPolicy.Explicit, max_ack_pending: ahead * 4 };
  await manager.consumers.add("evt-bench0", settings);
  const consumer = await jetstream(client).consumers.get("evt-bench0", name);
  return consumer.consume({ max_messages: ahead });
}

function decode(credited: Credited, bytes: Uint8Array): Omit<Delivered, "consumer"> {
  const { id, data } = fromBinary(EnvelopeSchema, bytes);
  const { account, amount } = fromBinary(credited, data!) as Credit;
  return { id: id!, account, amount };
}
