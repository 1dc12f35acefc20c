import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "../sdk/ts/src/embedded/index.ts";
import { createPostgresMigrator, createPostgresStores, openPostgres } from "../sdk/ts/src/postgres/index.ts";
import { createSqliteMigrator, createSqliteStores, openSqlite } from "../sdk/ts/src/sqlite/index.ts";
import type { Bench, Measurement } from "./bench.ts";
import { accountOf, type Credited, loadCredited, provisionCredits } from "./contract.ts";
import { accounts, startReader } from "./reader.ts";
import { type Servers, startServers } from "./servers.ts";
import { createCountdown, paced, quantile, sideBySide } from "./stopwatch.ts";
import { startWriteSide } from "./write-side.ts";

const count = 3_000;
/** Transactions under way at once. */
const atOnce = 64;
const pace = { perSecond: 500, runs: accounts };

/** From a business transaction through outbox, broker and inbox to the effect in another service's database. */
export const bench: Bench = createBench();

function createBench(): Bench {
  const [credited] = loadCredited();
  let servers: Servers | undefined;
  return {
    title: `Transaction → outbox → broker → inbox → effect, events of 512 B, every commit on the disk`,
    goals: { "embedded, SQLite": { atLeast: 3_000 } },
    async setUp() {
      servers = await startServers();
      await provisionCredits(servers.transport, credited!);
      return servers;
    },
    async measure() {
      return [await measureEmbedded(credited!), ...(await measureLatency(servers!, credited!))];
    },
  };
}

/** As with `npm start`: one process, three files. */
async function measureEmbedded(credited: Credited): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), "concord-bench-"));
  try {
    await using transport = await openEmbedded({ path: join(folder, "broker.db") });
    await provisionCredits(transport, credited);
    const database = openSqlite({ path: join(folder, "writer.db") });
    await createSqliteMigrator(database).migrate();
    await using writer = await startWriteSide(credited, transport, { database, stores: createSqliteStores(database) });
    const countdown = createCountdown(count);
    const config = { databaseUrl: `sqlite:${join(folder, "reader.db")}` };
    await using _reader = await startReader([credited], {
      name: "reader",
      onCredit: countdown.count,
      transport,
      config,
    });
    await sideBySide(count, atOnce, (index) => writer.credit(accountOf(index, accounts)));
    return { name: "embedded, SQLite", value: await countdown.perSecond, unit: "events/s" };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** From the commit to the effect's handler in the other service, at a steady pace. */
async function measureLatency({ databaseUrl, transport }: Servers, credited: Credited): Promise<Measurement[]> {
  const database = openPostgres(databaseUrl);
  await createPostgresMigrator(database).migrate();
  await using writer = await startWriteSide(credited, transport, { database, stores: createPostgresStores(database) });
  const waiting = new Map<string, (atMs: number) => void>();
  const onCredit = (account: string) => waiting.get(account)?.(performance.now());
  await using _reader = await startReader([credited], { name: "reader", onCredit, transport, config: { databaseUrl } });
  const latencies = await paced(pace, async (index) => {
    const account = accountOf(index, accounts);
    const effect = new Promise<number>((resolve) => waiting.set(account, resolve));
    await writer.credit(account);
    const committedAtMs = performance.now();
    return (await effect) - committedAtMs;
  });
  return [0.5, 0.99].map((share) => ({
    name: `NATS, PostgreSQL: commit → handler, p${share * 100}`,
    value: quantile(latencies, share),
    unit: "ms",
  }));
}
