import { fstatSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Database, Sql } from "../core/database.ts";
import { createDiskSync } from "./disk-sync.ts";
import { openSqlite } from "./open-sqlite.ts";

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A disk whose syncs end when the test says so. */
function createSlowDisk() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const sync = () => {
    const next = Promise.withResolvers<void>();
    syncs.push(next);
    return next.promise;
  };
  return { syncs, open: (path: string) => createDiskSync(path, sync) };
}

async function openOn(disk: ReturnType<typeof createSlowDisk>): Promise<Database<Sql, Sql>> {
  const folder = mkdtempSync(join(tmpdir(), "concord-disk-"));
  const database = openSqlite({ path: join(folder, "test.db") }, disk.open);
  undo.push(async () => {
    const closing = database.close();
    for (const { resolve } of disk.syncs) resolve();
    await closing;
    rmSync(folder, { recursive: true });
  });
  await Promise.all([database.db.query("CREATE TABLE t (n)"), nextSync(disk)]);
  return database;
}

/** Waits for the sync that comes and ends it. */
async function nextSync({ syncs }: ReturnType<typeof createSlowDisk>): Promise<void> {
  while (syncs.length === 0) await turn();
  syncs.shift()!.resolve();
}

const turn = () => new Promise(setImmediate);

function insert(database: Database<Sql, Sql>, n: number): Promise<unknown> {
  return database.transaction((tx) => tx.query("INSERT INTO t VALUES ($1)", [n]));
}

it("tells of a commit when the disk has it, and lets the next transaction in before", async () => {
  const disk = createSlowDisk();
  const database = await openOn(disk);
  const ended: number[] = [];
  const first = insert(database, 1).then(() => ended.push(1));
  await turn();
  const second = insert(database, 2).then(() => ended.push(2));
  await turn();
  expect({ ended, syncs: disk.syncs.length }).toEqual({ ended: [], syncs: 1 });

  await nextSync(disk);
  await first;
  expect(ended).toEqual([1]);
  await nextSync(disk);
  await second;
  expect(ended).toEqual([1, 2]);
});

it("lets all commits that came during one sync share the next", async () => {
  const disk = createSlowDisk();
  const database = await openOn(disk);
  const first = insert(database, 0);
  await turn();
  const others = [1, 2, 3, 4].map((n) => insert(database, n));
  await turn();
  await nextSync(disk);
  await first;
  await nextSync(disk);
  await Promise.all(others);
  expect(disk.syncs).toEqual([]);
});

it("shows what is committed to nobody before the disk has it, so that nothing is sent that a power cut takes back", async () => {
  const disk = createSlowDisk();
  const database = await openOn(disk);
  const writing = insert(database, 1);
  await turn();
  let seen: unknown;
  const reading = database.db.query("SELECT n FROM t").then((rows) => {
    seen = rows;
  });
  await turn();
  expect(seen).toBeUndefined();

  await nextSync(disk);
  await Promise.all([writing, reading]);
  expect(seen).toEqual([{ n: 1 }]);
});

it("shows nobody what was committed while the sync that a reader waited for ran", async () => {
  const disk = createSlowDisk();
  const database = await openOn(disk);
  const first = insert(database, 1);
  await turn();
  const reading = database.db.query("SELECT n FROM t");
  await turn();
  const second = insert(database, 2);
  await turn();
  await nextSync(disk);
  expect(await reading).toEqual([{ n: 1 }]);
  await nextSync(disk);
  await Promise.all([first, second]);
  expect(await database.db.query("SELECT n FROM t")).toEqual([{ n: 1 }, { n: 2 }]);
});

it("takes nothing more for stored once the disk has refused", async () => {
  const disk = createSlowDisk();
  const database = await openOn(disk);
  const first = insert(database, 1);
  await turn();
  disk.syncs.shift()!.reject(new Error("EIO"));
  await expect(first).rejects.toMatchObject({ code: "unavailable" });
  await expect(insert(database, 2)).rejects.toMatchObject({ code: "unavailable" });
  await expect(database.ping()).rejects.toMatchObject({ code: "unavailable" });
});

it("brings the log of the database to the disk", async () => {
  const folder = mkdtempSync(join(tmpdir(), "concord-disk-"));
  undo.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "test.db");
  const synced: unknown[] = [];
  const sync = async (file: number) => void synced.push(fstatSync(file).ino);
  await using closing = new AsyncDisposableStack();
  const database = closing.adopt(
    openSqlite({ path }, () => createDiskSync(path, sync)),
    (opened) => opened.close(),
  );
  await database.db.query("CREATE TABLE t (n)");
  await insert(database, 1);
  const log = statSync(`${path}-wal`).ino;
  expect(synced).toEqual([log, log]);
});
