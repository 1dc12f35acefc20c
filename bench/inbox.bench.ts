import { fromBinary } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { AckPolicy, type ConsumerMessages, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import pg from "pg";
import type { Bench } from "./bench.ts";
import { type Credited, loadCredited, publishCredits } from "./contract.ts";
import { accounts, accountTables, type Credit, credit, startReader } from "./reader.ts";
import { type Servers, startServers } from "./servers.ts";
import { createCountdown, quantile } from "./stopwatch.ts";

const count = 4_000;
const concurrency = 16;
const turns = 3;
const stream = "evt-bench0";
const claim = "INSERT INTO handled (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/** A consumer with inbox against one written by hand: the same events, the same effect, exactly once. */
export const bench: Bench = createBench();

function createBench(): Bench {
  const [credited] = loadCredited();
  let servers: Servers | undefined;
  return {
    title: `Consumer with inbox ÷ written by hand, NATS → PostgreSQL, ${count} events of 512 B, one transaction each, ${concurrency} at once`,
    goals: { "with inbox ÷ by hand": { atLeast: 0.85 } },
    async setUp() {
      servers = await startServers();
      await createTables(servers.databaseUrl);
      await publishCredits(servers.transport, credited!, { count, accounts });
      return servers;
    },
    async measure({ index }) {
      const byHand: number[] = [];
      const withInbox: number[] = [];
      for (let turn = 0; turn < turns; turn++) {
        const name = `reader-${index + 1}-${turn}`;
        byHand.push(await consumeByHand(servers!, credited!, name));
        withInbox.push(await consumeWithInbox(servers!, credited!, name));
      }
      const [bare, ours] = [quantile(byHand, 0.5), quantile(withInbox, 0.5)];
      const unit = "events/s";
      return [
        { name: "by hand", value: bare, unit },
        { name: "with inbox", value: ours, unit },
        { name: "with inbox ÷ by hand", value: ours / bare, unit: "×" },
      ];
    },
  };
}

async function createTables(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  for (const statement of accountTables) await pool.query(statement);
  await pool.query("CREATE TABLE handled (consumer text, event_id uuid, PRIMARY KEY (consumer, event_id))");
  await pool.end();
}

async function consumeWithInbox({ natsUrl, databaseUrl }: Servers, credited: Credited, name: string): Promise<number> {
  const countdown = createCountdown(count);
  const config = { transport: natsUrl, databaseUrl, concurrency };
  await using _reader = await startReader([credited], { name, config, onCredit: countdown.count });
  return await countdown.perSecond;
}

/** What one writes by hand: a durable consumer, dedupe row and effect in one transaction, then the acknowledgement. */
async function consumeByHand({ natsUrl, databaseUrl }: Servers, credited: Credited, name: string): Promise<number> {
  const client = await connect({ servers: natsUrl });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: concurrency });
  try {
    const countdown = createCountdown(count);
    const messages = await openMessages(client, name);
    const arriving = messages[Symbol.asyncIterator]();
    const work = async () => {
      for (let next = await arriving.next(); !next.done; next = await arriving.next()) {
        await handleByHand(pool, credited, next.value, name);
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
  await manager.consumers.add(stream, { durable_name: name, ack_policy: AckPolicy.Explicit });
  const consumer = await jetstream(client).consumers.get(stream, name);
  return consumer.consume({ max_messages: 256 });
}

async function handleByHand(pool: pg.Pool, credited: Credited, message: JsMsg, consumer: string): Promise<void> {
  const { id, data } = fromBinary(EnvelopeSchema, message.data);
  const { account, amount } = fromBinary(credited, data!) as Credit;
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const claimed = await client.query({ name: "claim", text: claim, values: [consumer, id] });
    if (claimed.rowCount === 1) await client.query({ name: "credit", text: credit, values: [amount, account] });
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
