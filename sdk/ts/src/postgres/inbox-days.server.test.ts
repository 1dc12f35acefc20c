import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import type { Database, Sql } from "../core/database.ts";
import type { InboxStore } from "../core/store/inbox-store.ts";
import { toDay } from "../sql/inbox-id.ts";
import { begin } from "../testing/compliance/stores/bed.ts";
import { sampleRef, uuidV7 } from "../testing/compliance/stores/samples.ts";
import { openPostgres } from "./open-postgres.ts";
import { createPostgresMigrator, createPostgresStores } from "./stores.ts";

const dayMs = 86_400_000;
const now = Math.floor(Date.now() / dayMs) * dayMs + dayMs / 2;

let server: PostgresServer;
let databases = 0;
let database: Database<Sql, Sql>;
let inbox: InboxStore<Sql>;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: "off" } });
});

beforeEach(async () => {
  database = openPostgres(await server.createDatabase(`days_${++databases}`));
  await createPostgresMigrator(database).migrate();
  inbox = createPostgresStores(database).inbox;
});

afterEach(() => database?.close());
afterAll(() => server?.stop());

const claim = (timeMs: number, eventId = uuidV7(timeMs)) =>
  database.transaction((tx) => inbox.claim(tx, sampleRef(timeMs, { eventId })));

/** Rows by partition. */
async function rows(): Promise<Record<string, number>> {
  const found = await database.db.query<{ name: string; count: number }>(
    "SELECT tableoid::regclass::text AS name, count(*) AS count FROM concord_inbox GROUP BY 1 ORDER BY 1",
  );
  return Object.fromEntries(found.map(({ name, count }) => [name, count]));
}

async function partitions(): Promise<string[]> {
  const found = await database.db.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits
     WHERE inhparent = 'concord_inbox'::regclass ORDER BY 1`,
  );
  return found.map((row) => row.name);
}

const nameOf = (timeMs: number) => `concord_inbox_${toDay(timeMs)}`;
const byRow = ["concord_inbox_default", "concord_inbox_timeless"];

describe("inbox partitions", () => {
  it("are made ahead, and hold the events of their days", async () => {
    await inbox.prune(now - 7 * dayMs);
    const ahead = [now, now + dayMs, now + 2 * dayMs];
    expect(await partitions()).toEqual([...ahead.map(nameOf), ...byRow]);
    await claim(now);
    await claim(now + dayMs);
    await claim(now - dayMs);
    await claim(now, "timeless");
    expect(await rows()).toEqual({
      [nameOf(now)]: 1,
      [nameOf(now + dayMs)]: 1,
      concord_inbox_default: 1,
      concord_inbox_timeless: 1,
    });
  });

  it("are not made for a day whose events came before", async () => {
    await claim(now + dayMs);
    await inbox.prune(now - 7 * dayMs);
    expect(await partitions()).toEqual([nameOf(now), nameOf(now + 2 * dayMs), ...byRow]);
    expect(await claim(now + dayMs)).toMatchObject({ kind: "duplicate" });
  });

  it("are made by one of several replicas that prune at once, without a fault", async () => {
    const replicas = [1, 2, 3, 4].map(() => createPostgresStores(database).inbox.prune(now - 7 * dayMs));
    await Promise.all(replicas);
    expect(await partitions()).toHaveLength(5);
  });

  it("are made while handlers run", async () => {
    await inbox.prune(now - 7 * dayMs);
    await database.db.query(`DROP TABLE ${nameOf(now + dayMs)}`);
    const handling = await begin(database);
    await inbox.claim(handling.tx, sampleRef(now));
    await inbox.prune(now - 7 * dayMs);
    expect(await partitions()).toContain(nameOf(now + dayMs));
    await handling.commit();
  });

  it("are made later when a handler uses the default partition", async () => {
    await inbox.prune(now - 30 * dayMs);
    await database.db.query(`DROP TABLE ${nameOf(now + dayMs)}`);
    const handling = await begin(database);
    await inbox.claim(handling.tx, sampleRef(now - dayMs));
    await inbox.prune(now - 30 * dayMs);
    expect(await partitions()).not.toContain(nameOf(now + dayMs));
    await handling.commit();
    await inbox.prune(now - 30 * dayMs);
    expect(await partitions()).toContain(nameOf(now + dayMs));
  });

  it("are dropped as a whole, with the rows of their days elsewhere, and no day before comes back", async () => {
    await inbox.prune(now - 7 * dayMs);
    await claim(now);
    await claim(now - dayMs);
    await claim(now + dayMs);
    expect(await inbox.prune(now + dayMs)).toBe(2);
    expect(await partitions()).toEqual([nameOf(now + dayMs), nameOf(now + 2 * dayMs), ...byRow]);
    expect(await claim(now)).toEqual({ kind: "too_old" });
    expect(await claim(now + dayMs)).toMatchObject({ kind: "duplicate" });
    await inbox.prune(now + dayMs);
    expect(await partitions()).toEqual([nameOf(now + dayMs), nameOf(now + 2 * dayMs), ...byRow]);
  });

  it("are dropped before a claim of their day that waited for it (T8)", async () => {
    await inbox.prune(now - 7 * dayMs);
    await claim(now);
    const handling = await begin(database);
    await inbox.claim(handling.tx, sampleRef(now, { eventId: uuidV7(now, 1) }));
    const pruning = inbox.prune(now + dayMs);
    await untilWaiting(1);
    const late = claim(now);
    await untilWaiting(2);
    await handling.commit();
    expect(await pruning).toBe(2);
    expect(await late).toEqual({ kind: "too_old" });
  });
});

async function untilWaiting(transactions: number): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  const text = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  while ((await database.db.query(text)).length < transactions) {
    if (Date.now() > deadlineMs) throw new Error("nobody waits for a lock");
  }
}
