import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Database, Sql } from "../sdk/ts/src/core/database.ts";
import { openPostgres } from "../sdk/ts/src/postgres/index.ts";
import type { Bench, Measurement } from "./bench.ts";
import { businessTables, transact } from "./business.ts";
import { createTablesByHand } from "./by-hand.ts";
import { type Credited, loadCredited, provisionCredits, publishCredits } from "./contract.ts";
import { openConcord } from "./peers/concord.ts";
import { openGraphileWorker } from "./peers/graphile-worker.ts";
import { consumeWithChannels } from "./peers/moleculer-channels.ts";
import { openPgBoss } from "./peers/pg-boss.ts";
import type { Forward, Queue } from "./peers/queue.ts";
import { accounts, startReader } from "./reader.ts";
import { type Servers, startServers } from "./servers.ts";
import { createCountdown, perSecond, quantile, sideBySide, timed } from "./stopwatch.ts";

const slices = 8;
const perSlice = 500;
const connections = 16;
const messages = 10_000;
const events = 3_000;

interface Surroundings {
  readonly servers: Servers;
  readonly database: Database<Sql, Sql>;
  readonly queues: readonly Queue[];
}

/** What people use instead, doing the same work on the same servers. */
export const bench: Bench = createBench();

function createBench(): Bench {
  const credited = loadCredited(2);
  let surroundings: Surroundings | undefined;
  return {
    title: "Outbox beside pg-boss and graphile-worker, inbox beside moleculer channels; messages of 512 B, fsync each",
    async setUp() {
      await using starting = new AsyncDisposableStack();
      surroundings = await open(credited, starting);
      return starting.move();
    },
    async measure({ index }) {
      const { servers } = surroundings!;
      return [
        ...(await measureTransactions(surroundings!)),
        ...(await measureDrains(surroundings!)),
        ...(await measureConsumers(servers, credited[0]!, index)),
      ];
    },
  };
}

async function open([consumed, relayed]: readonly Credited[], starting: AsyncDisposableStack): Promise<Surroundings> {
  const servers = starting.use(await startServers());
  await createTablesByHand(servers.databaseUrl);
  await publishCredits(servers.transport, consumed!, { count: events, accounts });
  await provisionCredits(servers.transport, relayed!);
  const url = await servers.createDatabase("queues");
  const database = starting.adopt(openPostgres(url), (opened) => opened.close());
  for (const statement of businessTables) await database.db.query(statement);
  const client = starting.adopt(await connect({ servers: servers.natsUrl }), (connected) => connected.close());
  const bare = jetstream(client);
  const forward: Forward = (id, body) => bare.publish("evt.bench1.forwarded", body, { msgID: id });
  const queues = [
    await openConcord(database, servers.transport, relayed!),
    await openPgBoss(url, forward),
    await openGraphileWorker(url, forward),
  ];
  for (const queue of queues) starting.use(queue);
  return { servers, database, queues };
}

/** A business transaction that also stores a message, slice by slice in turns. */
async function measureTransactions({ database, queues }: Surroundings): Promise<Measurement[]> {
  const spent = queues.map((): number[] => []);
  for (let slice = 0; slice < slices; slice++) {
    for (const [index, { add }] of queues.entries()) {
      const run = () => database.transaction((tx) => transact(tx, (_, account) => add(tx, `account-${account}`)));
      spent[index]!.push(await timed(() => sideBySide(perSlice, connections, run)));
    }
  }
  const rates = spent.map((times) => (perSlice / quantile(times, 0.5)) * 1_000);
  return compared("transaction with a message", "transactions/s", queues, rates);
}

/** From the database to the stream; what the transactions left is brought there first. */
async function measureDrains({ queues }: Surroundings): Promise<Measurement[]> {
  const rates: number[] = [];
  for (const queue of queues) {
    await queue.drain(slices * perSlice);
    await queue.fill(messages);
    rates.push(await perSecond(messages, () => queue.drain(messages)));
  }
  return compared("database → JetStream", "messages/s", queues, rates);
}

async function measureConsumers(servers: Servers, credited: Credited, round: number): Promise<Measurement[]> {
  const options = { count: events, concurrency: connections };
  const channels = await consumeWithChannels(servers, { name: `channel-${round + 1}`, ...options });
  const countdown = createCountdown(events);
  const config = { transport: servers.natsUrl, databaseUrl: servers.databaseUrl, concurrency: connections };
  await using _reader = await startReader([credited], {
    name: `reader-${round + 1}`,
    config,
    onCredit: countdown.count,
  });
  const consumers = [{ name: "concord" }, { name: "moleculer channels" }];
  return compared("JetStream → effect", "events/s", consumers, [await countdown.perSecond, channels]);
}

/** Ours first, and its ratio to each of the others. */
function compared(what: string, unit: string, sides: readonly { readonly name: string }[], rates: readonly number[]) {
  const [ours = 0] = rates;
  return [
    ...sides.map(({ name }, index) => ({ name: `${what}, ${name}`, value: rates[index]!, unit })),
    ...sides.slice(1).map(({ name }, index) => ({
      name: `${what}: concord ÷ ${name}`,
      value: ours / rates[index + 1]!,
      unit: "×",
    })),
  ];
}
