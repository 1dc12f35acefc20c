import { Client, type QueryConfig } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import type { Database, Sql } from "../core/database.ts";
import { openPostgres } from "./open-postgres.ts";
import { queryAmong } from "./query-among.ts";

let server: PostgresServer;
let client: Client;
let url: string;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: "off" } });
});

afterAll(() => server?.stop());

beforeEach(async () => {
  url = await server.createDatabase(`behind${++databases}`);
  client = new Client({ connectionString: url });
  await client.connect();
  await client.query("CREATE TABLE item (n int PRIMARY KEY)");
  return () => client.end();
});

async function items(): Promise<number[]> {
  const { rows } = await client.query("SELECT n FROM item ORDER BY n");
  return rows.map(({ n }) => n);
}

const insert = (n: number): QueryConfig => ({ text: "INSERT INTO item VALUES ($1) RETURNING n", values: [n] });
const named = (n: number): QueryConfig => ({ ...insert(n), name: "insert_item" });

describe("a statement behind others", () => {
  it("gives its own rows, and happens after them", async () => {
    const { rows, command } = await queryAmong(client, { before: ["BEGIN", "INSERT INTO item VALUES (1)"] }, insert(2));
    expect([rows, command]).toEqual([[{ n: 2 }], "INSERT"]);
    await client.query("ROLLBACK");
    expect(await items()).toEqual([]);
  });

  it("does not happen when one of them fails: never outside of the transaction that it is for", async () => {
    await expect(queryAmong(client, { before: ["BEGIN ISOLATION LEVEL nonsense"] }, insert(1))).rejects.toThrow(
      "syntax error",
    );
    await expect(queryAmong(client, { before: ["SELECT 1 / 0"] }, insert(2))).rejects.toThrow("division by zero");
    expect(await items()).toEqual([]);
  });

  it("is prepared once, whichever of all that failed before", async () => {
    await expect(queryAmong(client, { before: ["SELECT 1 / 0"] }, named(1))).rejects.toThrow("division by zero");
    await queryAmong(client, { before: ["BEGIN"] }, named(1));
    await expect(client.query(named(1))).rejects.toThrow("duplicate key");
    await client.query("ROLLBACK");
    await expect(queryAmong(client, { before: ["SELECT 1 / 0"] }, named(2))).rejects.toThrow("division by zero");
    await queryAmong(client, { before: ["BEGIN"] }, named(3));
    await client.query(named(4));
    await client.query("COMMIT");
    expect(await items()).toEqual([3, 4]);
  });

  it("stays prepared when it fails itself", async () => {
    await client.query(insert(1));
    await expect(queryAmong(client, { before: ["BEGIN"] }, named(1))).rejects.toThrow("duplicate key");
    await client.query("ROLLBACK");
    await queryAmong(client, { before: ["BEGIN"] }, named(2));
    await client.query("COMMIT");
    expect(await items()).toEqual([1, 2]);
  });

  it("that does not parse can be sent again", async () => {
    const wrong = { text: "INSERT INTO missing VALUES ($1)", values: [1], name: "missing" };
    await expect(queryAmong(client, { before: ["BEGIN"] }, wrong)).rejects.toThrow("does not exist");
    await client.query("ROLLBACK");
    await client.query("CREATE TABLE missing (n int)");
    await queryAmong(client, { before: ["BEGIN"] }, wrong);
    await client.query("COMMIT");
    expect((await client.query("SELECT n FROM missing")).rows).toEqual([{ n: 1 }]);
  });
});

describe("a statement before others", () => {
  it("gives its own rows once all have run", async () => {
    const among = { before: ["BEGIN"], after: ["COMMIT"] };
    const { rows, command } = await queryAmong(client, among, named(1));
    expect([rows, command]).toEqual([[{ n: 1 }], "INSERT"]);
    await client.query("ROLLBACK");
    expect(await items()).toEqual([1]);
  });

  it("lets none of them happen when it fails", async () => {
    await client.query(insert(1));
    await client.query("BEGIN");
    await client.query(insert(2));
    await expect(queryAmong(client, { after: ["COMMIT"] }, named(1))).rejects.toThrow("duplicate key");
    await client.query("COMMIT");
    expect(await items()).toEqual([1]);
  });
});

describe("a transaction's last statement", () => {
  async function inOne(run: (database: Database<Sql, Sql>, tx: Sql) => Promise<unknown>): Promise<unknown> {
    await using database = Object.assign(openPostgres(url, { maxConnections: 1 }), {
      [Symbol.asyncDispose]: () => database.close(),
    });
    const ended = await database.transaction((tx) => run(database, tx)).catch((error: unknown) => error);
    // The connection is as good as before, for the next one.
    await database.transaction((tx) => tx.query("INSERT INTO item VALUES ($1)", [99]));
    return ended;
  }

  it("commits what came before it", async () => {
    await inOne(async (database, tx) => {
      await tx.query("INSERT INTO item VALUES ($1)", [1]);
      await database.queryLast!(tx, "INSERT INTO item VALUES ($1)", [2]);
    });
    expect(await items()).toEqual([1, 2, 99]);
  });

  it("may be its first", async () => {
    await inOne((database, tx) => database.queryLast!(tx, "INSERT INTO item VALUES ($1)", [1]));
    expect(await items()).toEqual([1, 99]);
  });

  it("commits nothing when it fails", async () => {
    const ended = await inOne(async (database, tx) => {
      await tx.query("INSERT INTO item VALUES ($1)", [1]);
      await database.queryLast!(tx, "INSERT INTO item VALUES ($1)", [1]);
    });
    expect(String(ended)).toContain("duplicate key");
    expect(await items()).toEqual([99]);
  });

  it("tells when the commit fails", async () => {
    await client.query("CREATE TABLE part (n int REFERENCES item DEFERRABLE INITIALLY DEFERRED)");
    const ended = await inOne((database, tx) => database.queryLast!(tx, "INSERT INTO part VALUES ($1)", [1]));
    expect(String(ended)).toContain("foreign key");
    expect((await client.query("SELECT 1 FROM part")).rows).toEqual([]);
  });

  it("has nothing behind it", async () => {
    const ended = await inOne(async (database, tx) => {
      await database.queryLast!(tx, "INSERT INTO item VALUES ($1)", [1]);
      await tx.query("INSERT INTO item VALUES ($1)", [2]);
    });
    expect(ended).toMatchObject({ code: "outside_transaction" });
    expect(await items()).toEqual([1, 99]);
  });

  it("has its outcome told, though the caller gave up while it committed", async () => {
    const giveUp = new AbortController();
    await using database = Object.assign(openPostgres(url), { [Symbol.asyncDispose]: () => database.close() });
    const run = async (tx: Sql) => {
      await tx.query("SELECT 1");
      const last = database.queryLast!(tx, "INSERT INTO item VALUES ($1)", [1]);
      giveUp.abort(new Error("too late"));
      await last;
      return "committed";
    };
    expect(await database.transaction(run, { signal: giveUp.signal })).toBe("committed");
    expect(await items()).toEqual([1]);
  });
});

describe("a transaction that begins with its first statement", () => {
  it("takes statements of any kind, also before an earlier one was answered", async () => {
    await using database = Object.assign(openPostgres(url), { [Symbol.asyncDispose]: () => database.close() });
    const rows = await database.transaction(async (tx) => {
      await tx.query("CREATE TABLE a (n int); CREATE TABLE b (n int)");
      return tx.query("SELECT 1 AS n");
    });
    expect(rows).toEqual([{ n: 1 }]);
    const failing = database.transaction(async (tx) => {
      const both = [tx.query("SELECT 1 AS n"), tx.query("INSERT INTO item VALUES ($1)", [1])];
      await Promise.all(both);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await database.transaction(async () => "nothing")).toBe("nothing");
    expect(await items()).toEqual([]);
  });
});

describe("the statements of a service", () => {
  it("are prepared once per connection where they write and give no rows", async () => {
    const database = openPostgres(url, { maxConnections: 1 });
    const texts = async () => {
      const rows = await database.db.query<{ statement: string }>(
        "SELECT statement FROM pg_prepared_statements ORDER BY 1",
      );
      return rows.map(({ statement }) => statement);
    };
    for (let n = 1; n <= 3; n++) {
      await database.transaction(async (tx) => {
        await tx.query("INSERT INTO item VALUES ($1)", [n]);
        await tx.query("SELECT n FROM item WHERE n = $1", [n]);
        await tx.query("DELETE FROM item WHERE n = $1 RETURNING n", [-n]);
      });
    }
    expect(await texts()).toEqual(["INSERT INTO item VALUES ($1)"]);
    for (let n = 0; n < 200; n++) await database.db.query(`DELETE FROM item WHERE n = $1 + ${n}`, [1_000]);
    expect((await texts()).length).toBeLessThanOrEqual(100);
    await database.close();
  });
});
