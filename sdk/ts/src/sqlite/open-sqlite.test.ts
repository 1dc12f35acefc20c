import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Database, Sql } from "../core/database.ts";
import type { Mutation } from "../core/probe.ts";
import { openSqlite, type SqliteOptions } from "./open-sqlite.ts";

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "concord-test-"));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function open(options: Partial<SqliteOptions> = {}): Database<Sql, Sql> {
  const database = openSqlite({ path: ":memory:", ...options });
  undo.push(() => database.close());
  return database;
}

async function openWithTable(options: Partial<SqliteOptions> = {}): Promise<Database<Sql, Sql>> {
  const database = open(options);
  await database.db.query("CREATE TABLE t (n)");
  return database;
}

async function numbers(sql: Sql): Promise<unknown[]> {
  return (await sql.query<{ n: unknown }>("SELECT n FROM t ORDER BY n")).map((row) => row.n);
}

function without(mutation: Mutation): SqliteOptions["probe"] {
  return { reach: async () => {}, without: (name) => name === mutation };
}

/** A promise and the function that resolves it. */
const gate = () => Promise.withResolvers<void>();

describe("values", () => {
  it("are bound by their numbers, in any order and more than once", async () => {
    const { db } = open();
    const [row] = await db.query("SELECT $2 AS b, $1 AS a, $2 AS again", ["one", "two"]);
    expect(row).toEqual({ b: "two", a: "one", again: "two" });
  });

  it("keep integers exact: numbers where they fit, bigint beyond", async () => {
    const { db } = open();
    const [row] = await db.query("SELECT $1 AS small, $2 AS large", [7n, 2n ** 60n + 1n]);
    expect(row).toEqual({ small: 7, large: 2n ** 60n + 1n });
  });

  it("may be booleans, dates, bytes and nothing", async () => {
    const { db } = open();
    const values = [true, new Date(0), Uint8Array.of(1, 2), undefined];
    const [row] = await db.query("SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d", values);
    expect(row).toEqual({ a: 1, b: "1970-01-01T00:00:00.000Z", c: Uint8Array.of(1, 2), d: null });
  });

  it("come back in plain objects", async () => {
    const [row] = await open().db.query("SELECT 1 AS a");
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });

  it("refuse a second statement that would be forgotten", async () => {
    const { db } = open();
    await expect(db.query("SELECT 1; SELECT 2")).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("a transaction", () => {
  it("commits what its function wrote when it resolves, and gives its result", async () => {
    const database = await openWithTable();
    const result = await database.transaction(async (tx) => {
      await tx.query("INSERT INTO t VALUES ($1)", [1]);
      return "done";
    });
    expect(result).toBe("done");
    expect(await numbers(database.db)).toEqual([1]);
  });

  it("leaves nothing when its function throws", async () => {
    const database = await openWithTable();
    const failing = database.transaction(async (tx) => {
      await tx.query("INSERT INTO t VALUES (1)");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await numbers(database.db)).toEqual([]);
  });

  it("shares its writer with nobody: a write beside it survives its rollback (T39)", async () => {
    expect(await writeBesideRollback(await openWithTable())).toEqual(["beside"]);
  });

  it("loses an acknowledged write to another's rollback when the mutex is taken away (T39)", async () => {
    const database = await openWithTable({ probe: without("sqlite-without-mutex") });
    expect(await writeBesideRollback(database)).toEqual([]);
  });

  it("waits for the one before it", async () => {
    const database = await openWithTable();
    const seen: string[] = [];
    const run = (name: string) =>
      database.transaction(async (tx) => {
        seen.push(`${name} begins`);
        await tx.query("INSERT INTO t VALUES ($1)", [name]);
        await new Promise(setImmediate);
        seen.push(`${name} ends`);
      });
    await Promise.all([run("a"), run("b")]);
    expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });

  it("does not hold up those who read: they see what is committed", async () => {
    const database = await openWithTable();
    await database.transaction(async (tx) => {
      await tx.query("INSERT INTO t VALUES (1)");
      expect(await numbers(database.db)).toEqual([]);
      expect(await numbers(tx)).toEqual([1]);
    });
  });

  it("refuses a second one inside of it, and writes through db, instead of waiting for itself", async () => {
    const database = await openWithTable();
    await database.transaction(async (tx) => {
      const nested = database.transaction(async () => {});
      await expect(nested).rejects.toMatchObject({ code: "failed_precondition" });
      await expect(database.db.query("INSERT INTO t VALUES (2)")).rejects.toThrow("use its tx instead of db");
      await tx.query("INSERT INTO t VALUES (1)");
    });
    expect(await numbers(database.db)).toEqual([1]);
  });

  it("may be followed by a write from code that it started", async () => {
    const database = await openWithTable();
    const ended = gate();
    let later: Promise<unknown> = Promise.resolve();
    await database.transaction(async () => {
      later = ended.promise.then(() => database.db.query("INSERT INTO t VALUES (3)"));
    });
    ended.resolve();
    await later;
    expect(await numbers(database.db)).toEqual([3]);
  });

  it("takes no statement after its end", async () => {
    const database = await openWithTable();
    let kept: Sql | undefined;
    await database.transaction(async (tx) => {
      kept = tx;
    });
    await expect(kept?.query("INSERT INTO t VALUES (1)")).rejects.toMatchObject({ code: "outside_transaction" });
  });

  it("is rolled back and gives the writer free when its signal aborts, even if its function never ends", async () => {
    const database = await openWithTable();
    const abort = new AbortController();
    const stuck = database.transaction(
      async (tx) => {
        await tx.query("INSERT INTO t VALUES (1)");
        abort.abort(new Error("time is up"));
        await new Promise(() => {});
      },
      { signal: abort.signal },
    );
    await expect(stuck).rejects.toThrow("time is up");
    await database.db.query("INSERT INTO t VALUES (2)");
    expect(await numbers(database.db)).toEqual([2]);
  });

  it("does not begin when its signal aborts while it waits", async () => {
    const database = await openWithTable();
    const { promise: held, resolve: release } = gate();
    const first = database.transaction(() => held);
    const abort = new AbortController();
    let began = false;
    const second = database.transaction(
      async () => {
        began = true;
      },
      { signal: abort.signal },
    );
    abort.abort(new Error("gave up"));
    await expect(second).rejects.toThrow("gave up");
    release();
    await first;
    expect(began).toBe(false);
  });

  it("cannot be begun or ended by SQL", async () => {
    const database = await openWithTable();
    await expect(database.db.query("BEGIN")).rejects.toMatchObject({ code: "invalid_argument" });
    const ended = database.transaction(async (tx) => {
      await tx.query("ROLLBACK");
      await tx.query("INSERT INTO t VALUES (1)");
    });
    await expect(ended).rejects.toMatchObject({ code: "transaction_conflict" });
    expect(await numbers(database.db)).toEqual([]);
  });

  it("may use savepoints", async () => {
    const database = await openWithTable();
    await database.transaction(async (tx) => {
      await tx.query("INSERT INTO t VALUES (1)");
      await tx.query("SAVEPOINT s");
      await tx.query("INSERT INTO t VALUES (2)");
      await tx.query("ROLLBACK TO s");
    });
    expect(await numbers(database.db)).toEqual([1]);
  });
});

/** An acknowledged write beside a transaction that is rolled back, on the writer that both share. */
async function writeBesideRollback(database: Database<Sql, Sql>): Promise<unknown[]> {
  const begun = gate();
  const acknowledged = gate();
  const failing = database.transaction(async (tx) => {
    await tx.query("INSERT INTO t VALUES ('inside')");
    begun.resolve();
    await Promise.race([acknowledged.promise, new Promise(setImmediate)]);
    throw new Error("rolled back");
  });
  await begun.promise;
  const beside = database.db.query("INSERT INTO t VALUES ('beside')").then(() => acknowledged.resolve());
  await expect(failing).rejects.toThrow("rolled back");
  await beside;
  return numbers(database.db);
}

describe("a file", () => {
  it("is made with its folder, keeps what was committed and is named by a path or a sqlite: URL", async () => {
    const path = join(folder(), "deep", "orders.db");
    const database = await openWithTable({ path: `sqlite:${path}` });
    await database.db.query("INSERT INTO t VALUES (1)");
    await database.close();
    expect(await numbers(open({ path }).db)).toEqual([1]);
  });

  it("belongs to one opener at a time", async () => {
    const path = join(folder(), "orders.db");
    const first = open({ path });
    expect(() => open({ path })).toThrow(expect.objectContaining({ code: "locked" }));
    await first.close();
    await open({ path }).ping();
  });

  it("belongs to one process at a time and is free when that dies, without its last transaction", {
    timeout: 60_000,
  }, () => {
    const path = join(folder(), "orders.db");
    const database = open({ path });
    const program = `
      import { openSqlite } from ${JSON.stringify(new URL("./open-sqlite.ts", import.meta.url).href)};
      try {
        const database = openSqlite({ path: ${JSON.stringify(path)} });
        await database.db.query("CREATE TABLE t (n)");
        await database.db.query("INSERT INTO t VALUES (1)");
        await database.transaction(async (tx) => {
          await tx.query("INSERT INTO t VALUES (2)");
          process.kill(process.pid, "SIGKILL");
          await new Promise(() => {});
        });
      } catch (error) {
        console.log(error.code);
      }`;
    const run = () => spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
    expect(run().stdout).toBe("locked\n");
    return database.close().then(async () => {
      expect(run().signal).toBe("SIGKILL");
      expect(await numbers(open({ path }).db)).toEqual([1]);
    });
  });

  it("that is no database is left as it is, and free", () => {
    const path = join(folder(), "orders.db");
    writeFileSync(path, "something of somebody else's ".repeat(50));
    expect(() => open({ path })).toThrow(expect.objectContaining({ code: "unavailable" }));
    expect(readFileSync(path, "utf8")).toMatch(/^something/);
  });

  it("in a folder that cannot be made is refused with the way out", () => {
    const path = join(folder(), "file");
    writeFileSync(path, "");
    const opening = () => open({ path: join(path, "folder", "orders.db") });
    expect(opening).toThrow(expect.objectContaining({ code: "permission_denied" }));
  });

  it("called :memory: goes with its database", async () => {
    const database = open();
    const [{ file }] = (await database.db.query<{ file: string }>("PRAGMA database_list")) as [{ file: string }];
    expect(existsSync(file)).toBe(true);
    await database.close();
    expect(existsSync(file)).toBe(false);
  });

  it("that was closed answers nobody", async () => {
    const database = await openWithTable();
    await database.close();
    await database.close();
    await expect(database.ping()).rejects.toMatchObject({ code: "unavailable" });
    await expect(database.db.query("INSERT INTO t VALUES (1)")).rejects.toMatchObject({ code: "unavailable" });
    await expect(database.transaction(async () => {})).rejects.toMatchObject({ code: "unavailable" });
  });

  it("is closed after the transaction under way", async () => {
    const path = join(folder(), "orders.db");
    const database = await openWithTable({ path });
    const { promise: held, resolve: release } = gate();
    const running = database.transaction(async (tx) => {
      await held;
      await tx.query("INSERT INTO t VALUES (1)");
    });
    const closing = database.close();
    release();
    await Promise.all([running, closing]);
    expect(await numbers(open({ path }).db)).toEqual([1]);
  });
});
