import { Client, type QueryConfig } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../tools/servers/postgres.ts";
import { openPostgres } from "./open-postgres.ts";
import { queryBehind } from "./query-behind.ts";

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
    const { rows, command } = await queryBehind(client, ["BEGIN", "INSERT INTO item VALUES (1)"], insert(2));
    expect([rows, command]).toEqual([[{ n: 2 }], "INSERT"]);
    await client.query("ROLLBACK");
    expect(await items()).toEqual([]);
  });

  it("does not happen when one of them fails: never outside of the transaction that it is for", async () => {
    await expect(queryBehind(client, ["BEGIN ISOLATION LEVEL nonsense"], insert(1))).rejects.toThrow("syntax error");
    await expect(queryBehind(client, ["SELECT 1 / 0"], insert(2))).rejects.toThrow("division by zero");
    expect(await items()).toEqual([]);
  });

  it("is prepared once, whichever of all that failed before", async () => {
    await expect(queryBehind(client, ["SELECT 1 / 0"], named(1))).rejects.toThrow("division by zero");
    await queryBehind(client, ["BEGIN"], named(1));
    await expect(client.query(named(1))).rejects.toThrow("duplicate key");
    await client.query("ROLLBACK");
    await expect(queryBehind(client, ["SELECT 1 / 0"], named(2))).rejects.toThrow("division by zero");
    await queryBehind(client, ["BEGIN"], named(3));
    await client.query(named(4));
    await client.query("COMMIT");
    expect(await items()).toEqual([3, 4]);
  });

  it("that does not parse can be sent again", async () => {
    const wrong = { text: "INSERT INTO missing VALUES ($1)", values: [1], name: "missing" };
    await expect(queryBehind(client, ["BEGIN"], wrong)).rejects.toThrow("does not exist");
    await client.query("ROLLBACK");
    await client.query("CREATE TABLE missing (n int)");
    await queryBehind(client, ["BEGIN"], wrong);
    await client.query("COMMIT");
    expect((await client.query("SELECT n FROM missing")).rows).toEqual([{ n: 1 }]);
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
