import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Database, Sql } from "../sdk/ts/src/core/database.ts";
import { partitionOf } from "../sdk/ts/src/core/partition.ts";
import { outboxPartitions } from "../sdk/ts/src/core/store/outbox-store.ts";
import { createRelay } from "../sdk/ts/src/outbox/relay.ts";
import { createPostgresMigrator, createPostgresStores, openPostgres } from "../sdk/ts/src/postgres/index.ts";
import type { Bench, Measurement } from "./bench.ts";
import { type Credited, loadCredited, publishCredits } from "./contract.ts";
import { accounts, startReader } from "./reader.ts";
import { type Servers, startServers } from "./servers.ts";
import { createCountdown, quantile } from "./stopwatch.ts";

/** `CONCORD_TEST_ROWS=1000000` for the long run. */
const rows = Number(process.env.CONCORD_TEST_ROWS ?? 200_000);
const fewKeys = 1_000;
const subscriptions = 60;
const events = 3_000;
const turns = 2;
const settleMs = 2_000;
const idleMs = 4_000;

/** What must not grow with the size of things: rows that wait, keys, subscriptions. */
export const bench: Bench = createBench();

function createBench(): Bench {
  const credited = loadCredited(subscriptions + 1);
  let servers: Servers | undefined;
  let database: Database<Sql, Sql> | undefined;
  return {
    title: `Backlog of ${rows.toLocaleString("en")} rows, ${fewKeys} and as many keys; 1 and ${subscriptions} subscriptions; PostgreSQL and NATS`,
    goals: {
      "last tenth ÷ first tenth": { atLeast: 0.8 },
      "memory, second half ÷ first half": { atMost: 1.2 },
      "many keys ÷ few keys": { atLeast: 0.8 },
      [`${subscriptions} subscriptions ÷ 1`]: { atLeast: 0.8 },
      [`idle CPU, ${subscriptions} subscriptions`]: { atMost: 2 },
    },
    async setUp() {
      servers = await startServers();
      database = openPostgres(await servers.createDatabase("outbox"));
      await prepareRows(database);
      const [one, ...many] = credited;
      await publishCredits(servers.transport, one!, { count: events, accounts });
      for (const each of many)
        await publishCredits(servers.transport, each, { count: events / subscriptions, accounts });
      return {
        [Symbol.asyncDispose]: async () => {
          await database?.close();
          await servers?.[Symbol.asyncDispose]();
        },
      };
    },
    async measure({ index }) {
      const few = await drain(servers!, database!, fewKeys);
      const many = await drain(servers!, database!, rows);
      return [...reportDrains(few, many), ...(await measureSubscriptions(servers!, credited, index))];
    },
  };
}

/** The keys with their partitions, which the database cannot compute, and one row that all rows are copies of. */
async function prepareRows(database: Database<Sql, Sql>): Promise<void> {
  await createPostgresMigrator(database).migrate();
  await database.db.query("CREATE TABLE bench_key (n int PRIMARY KEY, key text NOT NULL, partition smallint NOT NULL)");
  for (let from = 0; from < rows; from += 50_000) {
    const keys = Array.from({ length: Math.min(50_000, rows - from) }, (_, offset) => `account-${from + offset}`);
    await database.db.query(
      "INSERT INTO bench_key SELECT $1::int + n - 1, k, p FROM unnest($2::text[], $3::smallint[]) WITH ORDINALITY AS t (k, p, n)",
      [from, keys, keys.map((key) => partitionOf(key, outboxPartitions))],
    );
  }
}

const fill = `INSERT INTO concord_outbox (id, partition, key, stream, subject, message_id, headers, type, event_id, body)
  SELECT nextval('concord_outbox_id_seq'), k.partition, k.key, 'evt-backlog', 'evt.backlog.0.' || k.key || '.bench.v1.Row',
    '/bench/' || gen_random_uuid(), '{"content-type":"application/vnd.concord.envelope.v1+protobuf"}', 'bench.v1.Row', 'x',
    decode(repeat('07', 512), 'hex')
  FROM generate_series(0, $1::int - 1) AS i JOIN bench_key k ON k.n = i % $2::int ORDER BY i`;

/** One drain, tenth by tenth. */
interface Drain {
  /** Milliseconds that each tenth took. */
  readonly tenthsMs: readonly number[];
  /** The process's memory at the end of each tenth, in bytes. */
  readonly memory: readonly number[];
}

async function drain({ natsUrl, transport }: Servers, database: Database<Sql, Sql>, keys: number): Promise<Drain> {
  await emptyStream(natsUrl);
  const limits = { partitions: 1, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ name: "evt-backlog", subjects: ["evt.backlog.>"], ...limits }]);
  await database.db.query("TRUNCATE concord_outbox");
  await database.db.query(fill, [rows, keys]);
  await database.db.query("VACUUM ANALYZE concord_outbox");

  const marks = [performance.now()];
  const memory: number[] = [];
  let acknowledged = 0;
  const count = (more: number) => {
    const tenths = Math.floor((acknowledged / rows) * 10);
    acknowledged += more;
    if (Math.floor((acknowledged / rows) * 10) === tenths) return;
    marks.push(performance.now());
    memory.push(process.memoryUsage.rss());
  };
  const counting = {
    features: transport.features,
    publish: async (...[message, options]: Parameters<typeof transport.publish>) => {
      const ack = await transport.publish(message, options);
      count(1);
      return ack;
    },
    publishAtomically: async (...[messages, options]: Parameters<NonNullable<typeof transport.publishAtomically>>) => {
      const acks = await transport.publishAtomically!(messages, options);
      count(messages.length);
      return acks;
    },
  };
  await createRelay({ store: createPostgresStores(database).outbox, transport: counting }).runUntilIdle();
  return { tenthsMs: marks.slice(1).map((mark, index) => mark - marks[index]!), memory };
}

async function emptyStream(natsUrl: string): Promise<void> {
  const client = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(client);
  await manager.streams.delete("evt-backlog").catch(() => {});
  await client.close();
}

function reportDrains(few: Drain, many: Drain): Measurement[] {
  const rate = ({ tenthsMs }: Drain) => (rows / sum(tenthsMs)) * 1_000;
  const [first = 0, last = 0] = [few.tenthsMs[0], few.tenthsMs.at(-1)];
  const half = few.memory.length / 2;
  const memory = Math.max(...few.memory.slice(half)) / Math.max(...few.memory.slice(0, half));
  return [
    { name: "few keys", value: rate(few), unit: "rows/s" },
    { name: "many keys", value: rate(many), unit: "rows/s" },
    { name: "last tenth ÷ first tenth", value: first / last, unit: "×" },
    { name: "memory, second half ÷ first half", value: memory, unit: "×" },
    { name: "many keys ÷ few keys", value: rate(many) / rate(few), unit: "×" },
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The same number of events from one stream and from sixty, in turns. */
async function measureSubscriptions(servers: Servers, [one, ...many]: readonly Credited[], round: number) {
  const single: number[] = [];
  const sixty: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    single.push(await consume(servers, [one!], `one-${round + 1}-${turn}`));
    sixty.push(await consume(servers, many, `many-${round + 1}-${turn}`));
  }
  const [alone, together] = [quantile(single, 0.5), quantile(sixty, 0.5)];
  return [
    { name: "1 subscription", value: alone, unit: "events/s" },
    { name: `${subscriptions} subscriptions`, value: together, unit: "events/s" },
    { name: `${subscriptions} subscriptions ÷ 1`, value: together / alone, unit: "×" },
    { name: `idle CPU, ${subscriptions} subscriptions`, value: await measureIdle(servers, many), unit: "%" },
  ];
}

async function consume({ natsUrl, databaseUrl }: Servers, streams: readonly Credited[], name: string): Promise<number> {
  const countdown = createCountdown(events);
  const config = { transport: natsUrl, databaseUrl };
  await using _reader = await startReader(streams, { name, config, onCredit: countdown.count });
  return await countdown.perSecond;
}

/** What a service costs that has nothing to do. */
async function measureIdle({ natsUrl, databaseUrl }: Servers, streams: readonly Credited[]): Promise<number> {
  const countdown = createCountdown(events);
  const config = { transport: natsUrl, databaseUrl };
  await using _reader = await startReader(streams, { name: "idle", config, onCredit: countdown.count });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1_000 / idleMs) * 100;
}
