import { fromBinary } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { AckPolicy, type ConsumerMessages, jetstream, jetstreamManager } from "@nats-io/jetstream";
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

async function openMessages(client: NatsConnection, name: string): Promise<ConsumerMessages> {
  const manager = await jetstreamManager(client);
  await manager.consumers.add("evt-bench0", { durable_name: name, ack_policy: AckPolicy.Explicit });
  const consumer = await jetstream(client).consumers.get("evt-bench0", name);
  return consumer.consume({ max_messages: 256 });
}

function decode(credited: Credited, bytes: Uint8Array): Omit<Delivered, "consumer"> {
  const { id, data } = fromBinary(EnvelopeSchema, bytes);
  const { account, amount } = fromBinary(credited, data!) as Credit;
  return { id: id!, account, amount };
}
