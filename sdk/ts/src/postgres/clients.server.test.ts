import { drizzle } from "drizzle-orm/node-postgres";
import { pgTable, text } from "drizzle-orm/pg-core";
import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import type { Database } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";
import { begin, without } from "../testing/compliance/stores/bed.ts";
import { sampleEntry } from "../testing/compliance/stores/samples.ts";
import { fromDrizzle } from "./from-drizzle.ts";
import { fromKysely } from "./from-kysely.ts";
import { fromPg } from "./from-pg.ts";
import { guardPool } from "./guard-pool.ts";
import { openPostgres } from "./open-postgres.ts";
import { createPostgresMigrator, createPostgresStores } from "./stores.ts";

/** One client, and how its user writes an order with it. */
interface Client<Db, Tx extends object> {
  readonly name: string;
  connect(url: string, probe?: Probe): Database<Db, Tx>;
  insert(tx: Tx, id: string): Promise<unknown>;
}

interface Tables {
  orders: { id: string };
}

const orders = pgTable("orders", { id: text("id").primaryKey() });

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: "off", deadlock_timeout: "100ms" } });
  url = await server.createDatabase("clients");
  const database = openPostgres(url);
  await createPostgresMigrator(database).migrate();
  await database.db.query("CREATE TABLE orders (id text PRIMARY KEY)");
  await database.close();
});

afterAll(() => server?.stop());

promises({
  name: "openPostgres",
  connect: (to, probe) => openPostgres(to, { probe }),
  insert: (tx, id) => tx.query("INSERT INTO orders (id) VALUES ($1)", [id]),
});

promises({
  name: "fromPg",
  connect: (to, probe) => fromPg(new Pool({ connectionString: to }), { probe }),
  insert: (tx, id) => tx.query({ text: "INSERT INTO orders (id) VALUES ($1)", values: [id] }),
});

promises({
  name: "fromKysely",
  connect: (to, probe) => {
    const pool = guardPool(new Pool({ connectionString: to }));
    return fromKysely(new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }), { probe });
  },
  insert: (tx, id) => tx.insertInto("orders").values({ id }).execute(),
});

promises({
  name: "fromDrizzle",
  connect: (to, probe) => fromDrizzle(drizzle(new Pool({ connectionString: to })), { probe }),
  insert: (tx, id) => tx.insert(orders).values({ id }),
});

/** What every client keeps of the promise of `Database`. */
function promises<Db, Tx extends object>({ name, connect, insert }: Client<Db, Tx>): void {
  describe(name, () => {
    let database: Database<Db, Tx>;
    let observer: Pool;

    beforeEach(async () => {
      database = connect(url);
      observer = guardPool(new Pool({ connectionString: url }));
      await observer.query("TRUNCATE orders, concord_outbox");
    });

    afterEach(async () => {
      await database.close();
      await observer.end();
    });

    const ids = async () => (await observer.query("SELECT id FROM orders ORDER BY id")).rows.map((row) => row.id);
    const sql = (handle: Db | Tx, statement: string) => database.query(handle, statement);
    const pidOf = async (tx: Tx) => {
      const [row] = await database.query<{ pid: number }>(tx, "SELECT pg_backend_pid() AS pid");
      return row!.pid;
    };

    async function untilGone(pid: number): Promise<void> {
      const deadlineMs = Date.now() + 20_000;
      while ((await observer.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [pid])).rowCount) {
        if (Date.now() > deadlineMs) throw new Error(`connection ${pid} is still there`);
      }
    }

    it("commits its user's rows together with an event", async () => {
      const { outbox } = createPostgresStores(database);
      await database.transaction(async (tx) => {
        await insert(tx, "a");
        await outbox.insert(tx, [sampleEntry("a")]);
      });
      expect(await ids()).toEqual(["a"]);
      expect((await outbox.read(3, 10)).map((row) => row.key)).toEqual(["a"]);
    });

    it("leaves neither when the function throws", async () => {
      const { outbox } = createPostgresStores(database);
      const failing = database.transaction(async (tx) => {
        await insert(tx, "a");
        await outbox.insert(tx, [sampleEntry("a")]);
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await ids()).toEqual([]);
      expect(await outbox.read(3, 10)).toEqual([]);
    });

    it("lets a broken constraint through as it is", async () => {
      await database.transaction((tx) => insert(tx, "a"));
      const repeated = database.transaction((tx) => insert(tx, "a"));
      await expect(repeated).rejects.toSatisfy(isUniqueViolation);
    });

    it("does not take a transaction for committed whose failed statement was swallowed", async () => {
      const swallowing = database.transaction(async (tx) => {
        await insert(tx, "a");
        await sql(tx, "SELECT 1 / 0").catch(() => {});
      });
      await expect(swallowing).rejects.toMatchObject({ code: "failed_precondition" });
      expect(await ids()).toEqual([]);
    });

    it("keeps what was before a savepoint", async () => {
      await database.transaction(async (tx) => {
        await insert(tx, "a");
        await sql(tx, "SAVEPOINT s");
        await sql(tx, "SELECT 1 / 0").catch(() => {});
        await sql(tx, "ROLLBACK TO s");
      });
      expect(await ids()).toEqual(["a"]);
    });

    it("ends a transaction whose signal aborts, and lets nobody write into another one by it (T31)", async () => {
      const abort = new AbortController();
      const late = Promise.withResolvers<unknown>();
      const resume = Promise.withResolvers<void>();
      const stuck = database.transaction(
        async (tx) => {
          await insert(tx, "a");
          abort.abort(new Error("time is up"));
          await resume.promise;
          late.resolve(insert(tx, "zombie").catch((thrown) => thrown));
        },
        { signal: abort.signal },
      );
      await expect(stuck).rejects.toThrow("time is up");
      const next = await begin(database);
      resume.resolve();
      expect(await late.promise).toBeInstanceOf(Error);
      await insert(next.tx, "b");
      await next.commit();
      await database.transaction((tx) => insert(tx, "a"));
      expect(await ids()).toEqual(["a", "b"]);
    });

    it("does not begin when the signal was aborted before", async () => {
      const signal = AbortSignal.abort(new Error("too late"));
      await expect(database.transaction((tx) => insert(tx, "a"), { signal })).rejects.toThrow("too late");
      expect(await ids()).toEqual([]);
    });

    it("frees the rows of a transaction that was idle for too long (T31)", async () => {
      const frozen = database.transaction(
        async (tx) => {
          await insert(tx, "a");
          await untilGone(await pidOf(tx));
          await insert(tx, "b");
        },
        { idleTimeoutMs: 50 },
      );
      await expect(frozen).rejects.toMatchObject({ code: "unavailable" });
      await database.transaction((tx) => insert(tx, "a"));
      expect(await ids()).toEqual(["a"]);
    });

    it("sets that time for one transaction only", async () => {
      const show = (tx: Tx) => database.query<{ value: string }>(tx, "SHOW idle_in_transaction_session_timeout");
      const timeout = async (idleTimeoutMs?: number) =>
        Object.values((await database.transaction(show, { idleTimeoutMs }))[0]!)[0];
      expect([await timeout(), await timeout(400), await timeout()]).toEqual(["0", "400ms", "0"]);
    });

    it("would never free them, with the fault no-idle-timeout", async () => {
      const faulty = connect(url, without("no-idle-timeout"));
      const show = (tx: Tx) => faulty.query<{ value: string }>(tx, "SHOW idle_in_transaction_session_timeout");
      const [row] = await faulty.transaction(show, { idleTimeoutMs: 400 });
      expect(Object.values(row!)).toEqual(["0"]);
      await faulty.close();
    });

    it("says that the database is unavailable when the connection is cut, and goes on with the next", async () => {
      const cut = database.transaction(async (tx) => {
        const pid = await pidOf(tx);
        await observer.query("SELECT pg_terminate_backend($1)", [pid]);
        await untilGone(pid);
        await sql(tx, "SELECT 1");
      });
      await expect(cut).rejects.toMatchObject({ code: "unavailable" });
      await database.ping();
    });

    it("says that a transaction can be repeated when it was the victim of a deadlock (T32)", async () => {
      await database.transaction(async (tx) => {
        await insert(tx, "a");
        await insert(tx, "b");
      });
      const both = Promise.withResolvers<void>();
      let arrived = 0;
      const cross = (first: string, second: string) =>
        database.transaction(async (tx) => {
          await sql(tx, `SELECT 1 FROM orders WHERE id = '${first}' FOR UPDATE`);
          if (++arrived === 2) both.resolve();
          await both.promise;
          await sql(tx, `SELECT 1 FROM orders WHERE id = '${second}' FOR UPDATE`);
        });
      const outcomes = await Promise.allSettled([cross("a", "b"), cross("b", "a")]);
      const victim = outcomes.find((outcome) => outcome.status === "rejected");
      expect(victim?.reason).toMatchObject({ code: "transaction_conflict", details: { sqlState: "40P01" } });
    });

    it("says so as well when two transactions could not be ordered", async () => {
      await database.transaction((tx) => insert(tx, "a"));
      const first = await begin(database);
      await sql(first.tx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      await sql(first.tx, "SELECT 1 FROM orders");
      await observer.query("UPDATE orders SET id = 'b'");
      await expect(sql(first.tx, "UPDATE orders SET id = 'c'")).rejects.toMatchObject({ code: "transaction_conflict" });
      await first.rollBack();
    });

    it("answers a ping, or says that the database cannot be reached", async () => {
      await database.ping();
      await expect(database.ping(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
      const nowhere = connect("postgres://concord@127.0.0.1:1/none");
      await expect(nowhere.ping()).rejects.toMatchObject({ code: "unavailable" });
      await expect(nowhere.transaction(async () => {})).rejects.toMatchObject({ code: "unavailable" });
      await nowhere.close();
    });
  });
}

describe("openPostgres", () => {
  it("gives integers as numbers where they fit, and exactly beyond", async () => {
    const database = openPostgres(url);
    const [row] = await database.db.query("SELECT 7::bigint AS small, 1152921504606846977 AS large, 1.5::numeric AS n");
    expect(row).toEqual({ small: 7, large: 2n ** 60n + 1n, n: "1.5" });
    await database.close();
  });

  it("takes no statement after its transaction's end", async () => {
    const database = openPostgres(url);
    const tx = await database.transaction(async (open) => open);
    await expect(tx.query("SELECT 1")).rejects.toMatchObject({ code: "outside_transaction" });
    await database.close();
  });

  it("refuses a schema that would need quotes", () => {
    expect(() => openPostgres(url, { schema: "Shop; DROP" })).toThrow(expect.objectContaining({ code: "config" }));
  });
});

/** Drizzle puts the driver's error into `cause`. */
function isUniqueViolation(thrown: { code?: string; cause?: { code?: string } }): boolean {
  return (thrown.code ?? thrown.cause?.code) === "23505";
}
