import type { Database, Sql } from "../sdk/ts/src/core/database.ts";
import { createOutbox } from "../sdk/ts/src/outbox/outbox.ts";
import { createPostgresMigrator, createPostgresStores, openPostgres } from "../sdk/ts/src/postgres/index.ts";
import { startPostgres } from "../tools/servers/postgres.ts";
import type { Bench, Measurement } from "./bench.ts";
import { businessTables, type Extra, transact } from "./business.ts";
import { createCreditPreparer, creditOf, loadCredited } from "./contract.ts";
import { quantile, sideBySide, timed } from "./stopwatch.ts";

const slices = 15;
/** By connections: transactions of each kind in a slice, a tenth of a second or two. */
const perSlice = { 1: 100, 16: 500 } as const;

type Connections = keyof typeof perSlice;

/** A business transaction with one event in its commit against the same without. */
export const bench: Bench = createBench();

function createBench(): Bench {
  let database: Database<Sql, Sql> | undefined;
  return {
    title: "pgbench's TPC-B transaction on PostgreSQL with one event of 512 B in its commit ÷ without, fsync each",
    goals: {
      "slower by the event, 1 connection": { atMost: 15 },
      "slower by the event, 16 connections": { atMost: 15 },
    },
    async setUp() {
      const postgres = await startPostgres();
      database = openPostgres(await postgres.createDatabase("bench"));
      await createPostgresMigrator(database).migrate();
      for (const statement of businessTables) await database.db.query(statement);
      await database.db.query(bareOutbox);
      return {
        [Symbol.asyncDispose]: async () => {
          await database?.close();
          await postgres.stop();
        },
      };
    },
    async measure() {
      return [...(await compare(database!, 1)), ...(await compare(database!, 16))];
    },
  };
}

const bareOutbox =
  "CREATE TABLE bare_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject text, key text, body bytea)";

/** Slice by slice in turns, and the median slice of each: what disturbs the machine for a while disturbs all three. */
async function compare(database: Database<Sql, Sql>, connections: Connections): Promise<Measurement[]> {
  const kinds: readonly Extra[] = [async () => {}, createPublish(database), insertByHand];
  const spent = kinds.map((): number[] => []);
  await database.db.query("TRUNCATE concord_outbox, bare_outbox, history");
  for (let slice = 0; slice < slices; slice++) {
    for (const [kind, extra] of kinds.entries()) {
      const run = () => database.transaction((tx) => transact(tx, extra));
      spent[kind]!.push(await timed(() => sideBySide(perSlice[connections], connections, run)));
    }
  }
  return report(
    spent.map((times) => quantile(times, 0.5)),
    connections,
  );
}

/** As a service publishes: kept until the end of the work, stored as the last statement. */
function createPublish(database: Database<Sql, Sql>): Extra {
  const [credited] = loadCredited();
  const store = createPostgresStores(database).outbox;
  const outbox = createOutbox({ store, preparer: createCreditPreparer(credited!) });
  return async (tx, account) => {
    const scope = outbox.within(tx, { buffer: true });
    await scope.publish(credited!, creditOf(`account-${account}`));
    await scope.flush();
  };
}

const body = Buffer.alloc(512, 7);

/** The least that an outbox can be: no order per key, no envelope. */
async function insertByHand(tx: Sql, account: number): Promise<void> {
  const text = "INSERT INTO bare_outbox (subject, key, body) VALUES ($1, $2, $3)";
  await tx.query(text, ["credited", `account-${account}`, body]);
}

function report([without = 0, withEvent = 0, byHand = 0]: readonly number[], connections: Connections): Measurement[] {
  const name = connections === 1 ? "1 connection" : `${connections} connections`;
  const rate = (ms: number) => (perSlice[connections] / ms) * 1_000;
  const unit = "transactions/s";
  return [
    { name: `without an event, ${name}`, value: rate(without), unit },
    { name: `with an event, ${name}`, value: rate(withEvent), unit },
    { name: `slower by the event, ${name}`, value: (withEvent / without - 1) * 100, unit: "%" },
    { name: `slower by a row written by hand, ${name}`, value: (byHand / without - 1) * 100, unit: "%" },
  ];
}
