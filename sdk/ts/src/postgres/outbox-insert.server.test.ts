import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import type { Database, Sql } from "../core/database.ts";
import type { Mutation } from "../core/probe.ts";
import type { OutboxEntry, OutboxStore } from "../core/store/outbox-store.ts";
import { begin, without } from "../testing/compliance/stores/bed.ts";
import { sampleEntry } from "../testing/compliance/stores/samples.ts";
import { openPostgres } from "./open-postgres.ts";
import { createPostgresMigrator, createPostgresStores } from "./stores.ts";

let server: PostgresServer;
let database: Database<Sql, Sql>;
let outbox: OutboxStore<Sql>;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: "off" } });
  database = openPostgres(await server.createDatabase("outbox"));
  await createPostgresMigrator(database).migrate();
  outbox = createPostgresStores(database).outbox;
});

afterEach(() => database.db.query("TRUNCATE concord_outbox"));

afterAll(async () => {
  await database?.close();
  await server?.stop();
});

function faulty(mutation: Mutation): OutboxStore<Sql> {
  return createPostgresStores(database, { probe: without(mutation) }).outbox;
}

function entries(...keys: readonly string[]): OutboxEntry[] {
  return keys.map((key) => sampleEntry(key));
}

async function lastId(): Promise<bigint> {
  const [row] = await database.db.query<{ last_value: number }>("SELECT last_value FROM concord_outbox_id_seq");
  return BigInt(row!.last_value);
}

async function untilWaiting(transactions: number): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  const text = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'";
  while ((await database.db.query(text)).length < transactions) {
    if (Date.now() > deadlineMs) throw new Error("nobody waits for a key's lock");
  }
}

describe("the insert's locks", () => {
  it.each([
    ["of one entry", ["k"]],
    ["of several", ["a", "k", "z"]],
  ])("make a second transaction %s wait before it draws an id (T1)", async (_, keys) => {
    const first = await begin(database);
    const [id] = await outbox.insert(first.tx, entries("k"));
    const second = database.transaction((tx) => outbox.insert(tx, entries(...keys)));
    await untilWaiting(1);
    expect(await lastId()).toBe(id);
    await first.commit();
    expect(await second).toEqual(keys.map((_, index) => id! + 1n + BigInt(index)));
  });

  it("do so for nobody when another key is meant", async () => {
    const first = await begin(database);
    await outbox.insert(first.tx, entries("k"));
    await database.transaction((tx) => outbox.insert(tx, [...entries("other"), sampleEntry()]));
    await first.rollBack();
  });

  it("are let go by a rollback", async () => {
    const first = await begin(database);
    await outbox.insert(first.tx, entries("k"));
    const second = database.transaction((tx) => outbox.insert(tx, entries("k")));
    await untilWaiting(1);
    await first.rollBack();
    expect(await second).toHaveLength(1);
  });

  it.each([[["k"]], [["a", "k"]]])("would come after the id, with the fault lock-after-id: %s", async (keys) => {
    const store = faulty("lock-after-id");
    const first = await begin(database);
    const [id] = await store.insert(first.tx, entries("k"));
    const second = database.transaction((tx) => store.insert(tx, entries(...keys)));
    await untilWaiting(1);
    expect(await lastId()).toBe(id! + BigInt(keys.length));
    await first.commit();
    await second;
  });

  it.each([
    ["no-key-lock", ["k"]],
    ["no-key-lock", ["a", "k"]],
    ["cte-unreferenced", ["k"]],
    ["cte-unreferenced", ["a", "k"]],
  ] as const)("would hold up nobody, with the fault %s: %s", async (mutation, keys) => {
    const store = faulty(mutation);
    const first = await begin(database);
    await store.insert(first.tx, entries("k"));
    const overtaking = await database.transaction((tx) => store.insert(tx, entries(...keys)));
    expect((await store.read(3, 10)).map((row) => row.id)).toEqual(overtaking);
    await first.commit();
  });

  it("are taken in one order by all, so that opposed transactions do not wait for each other (T32)", async () => {
    expect(await opposed(outbox)).toEqual(["fulfilled", "fulfilled"]);
  });

  it("would deadlock, as an error that says to repeat, with the fault unsorted-locks (T32)", async () => {
    const outcomes = await opposed(faulty("unsorted-locks"));
    expect(outcomes.sort()).toEqual(["fulfilled", "transaction_conflict"]);
  });

  it("do not deadlock in many opposed transactions", async () => {
    const keys = ["a", "b", "c", "d", "e"];
    const all = Array.from({ length: 100 }, (_, index) =>
      database.transaction((tx) => outbox.insert(tx, entries(...(index % 2 === 0 ? keys : keys.toReversed())))),
    );
    await Promise.all(all);
    const ids = (await outbox.read(3, 1_000)).filter((row) => row.key === "c").map((row) => row.id);
    expect(ids).toHaveLength(100);
  });
});

/**
 * Two transactions of the keys A, B and B, A, each held up between its two keys by a third one: whoever takes the locks in
 * the order of the entries has the first and waits for the second.
 */
async function opposed(store: OutboxStore<Sql>): Promise<string[]> {
  const holder = await begin(database);
  await outbox.insert(holder.tx, entries("pause-1", "pause-2"));
  const run = (...keys: string[]) => database.transaction((tx) => store.insert(tx, entries(...keys)));
  const both = Promise.allSettled([run("a", "pause-1", "b"), run("b", "pause-2", "a")]);
  await untilWaiting(2);
  await holder.commit();
  return (await both).map((each) => (each.status === "fulfilled" ? each.status : each.reason.code));
}

describe("the insert of very many keys", () => {
  const many = (count: number, prefix = "k") => entries(...Array.from({ length: count }, (_, n) => `${prefix}${n}`));
  const countLocks = async (tx: Sql) => {
    const [row] = await tx.query<{ count: number }>(
      "SELECT count(*) AS count FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    );
    return row?.count;
  };

  it("locks stripes of keys, as locks are few", async () => {
    await database.transaction(async (tx) => {
      expect(await outbox.insert(tx, many(20_000))).toHaveLength(20_000);
      expect(await countLocks(tx)).toBe(256);
    });
  });

  it("counts the keys of all inserts of a transaction", async () => {
    await database.transaction(async (tx) => {
      await outbox.insert(tx, many(600, "a"));
      await outbox.insert(tx, many(600, "b"));
      expect(await countLocks(tx)).toBeLessThan(600 + 256 + 256 + 1);
    });
  });

  it("holds up a transaction of one of the keys, and is held up by it", async () => {
    const large = await begin(database);
    const ids = await outbox.insert(large.tx, many(1_001));
    const small = await begin(database);
    const inserting = outbox.insert(small.tx, entries("k500"));
    await untilWaiting(1);
    await large.commit();
    const [id] = await inserting;
    expect(id).toBeGreaterThan(ids.at(-1)!);
    const again = database.transaction((tx) => outbox.insert(tx, many(1_001)));
    await untilWaiting(1);
    expect(await lastId()).toBe(id);
    await small.commit();
    await again;
  });
});

describe("the insert's transaction", () => {
  it("notifies nobody, by statement or by trigger: that would make all commits wait for each other (T9)", async () => {
    const statements: string[] = [];
    const watched: Database<Sql, Sql> = {
      ...database,
      query: (handle, text, values) => {
        statements.push(text);
        return database.query(handle, text, values);
      },
    };
    const store = createPostgresStores(watched).outbox;
    await watched.transaction((tx) => store.insert(tx, entries("a")));
    await watched.transaction((tx) => store.insert(tx, entries("a", "b")));
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.filter((text) => /notify/i.test(text))).toEqual([]);
    const triggers = await database.db.query(
      "SELECT tgname FROM pg_trigger WHERE tgrelid = 'concord_outbox'::regclass AND NOT tgisinternal",
    );
    expect(triggers).toEqual([]);
  });
});

describe("the outbox table", () => {
  it("is vacuumed by the number of its dead rows, whatever its size (T30)", async () => {
    const [row] = await database.db.query<{ reloptions: string[] }>(
      "SELECT reloptions FROM pg_class WHERE oid = 'concord_outbox'::regclass",
    );
    expect(row?.reloptions).toContain("autovacuum_vacuum_scale_factor=0");
    expect(row?.reloptions).toContain("autovacuum_vacuum_threshold=5000");
  });

  it("tells how many of its rows are gone and not yet vacuumed (T30)", async () => {
    await database.db.query("ALTER TABLE concord_outbox SET (autovacuum_enabled = off)");
    await database.transaction((tx) => outbox.insert(tx, entries("a", "b", "c")));
    const rows = await outbox.read(3, 10);
    await outbox.delete(rows.map(({ id }) => id));
    const deadline = Date.now() + 20_000;
    while ((await outbox.status()).deadRows < 3 && Date.now() < deadline)
      await database.db.query("SELECT pg_sleep(0.05)");
    expect((await outbox.status()).deadRows).toBeGreaterThanOrEqual(3);
    await database.db.query("ALTER TABLE concord_outbox RESET (autovacuum_enabled)");
  });

  it("uses its index to read past rows that are gone or stopped (T30)", async () => {
    await database.transaction((tx) => outbox.insert(tx, entries(...Array.from({ length: 2_000 }, () => "bad"))));
    const [first] = await outbox.read(3, 1);
    await outbox.quarantine(first!.id, "no");
    await outbox.read(3, 1);
    await database.db.query("ANALYZE concord_outbox");
    const plan = await database.db.query<{ "QUERY PLAN": string }>(
      "EXPLAIN SELECT id FROM concord_outbox WHERE partition = 3 AND state = 'waiting' AND id > 0 ORDER BY id LIMIT 10",
    );
    expect(plan.map((row) => row["QUERY PLAN"]).join("\n")).toContain("concord_outbox_waiting");
  });

  it("names every table and says what it is for", async () => {
    const rows = await database.db.query<{ name: string; comment: string | null }>(
      `SELECT relname AS name, obj_description(oid) AS comment FROM pg_class
       WHERE relname LIKE 'concord\\_%' AND relkind IN ('r', 'p') ORDER BY relname`,
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => !row.comment).map((row) => row.name)).toEqual([]);
  });
});
