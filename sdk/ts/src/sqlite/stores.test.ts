import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Sql } from "../core/database.ts";
import { type StoreBed, storeCompliance } from "../testing/compliance/stores.ts";
import { openSqlite } from "./open-sqlite.ts";
import { createSqliteMigrator, createSqliteStores } from "./stores.ts";

storeCompliance<Sql, Sql>({ name: "SQLite", concurrent: false, open });

async function open(): Promise<StoreBed<Sql, Sql>> {
  const folder = mkdtempSync(join(tmpdir(), "concord-stores-"));
  const connect = () => openSqlite({ path: join(folder, "test.db"), durable: false });
  let database = connect();
  let nowMs = Date.now();
  const clock: Clock = { now: () => nowMs, sleep: () => new Promise(() => {}) };
  return {
    get database() {
      return database;
    },
    createStores: (choice) => createSqliteStores(database, { clock, ...choice }),
    createMigrator: () => createSqliteMigrator(database),
    passTime: async (delayMs) => {
      nowMs += delayMs;
    },
    setNextId: async (id) => {
      const values = [id - 1n];
      await database.db.query("INSERT INTO sqlite_sequence (name, seq) VALUES ('concord_outbox', $1)", values);
    },
    untilWaiting: () => new Promise(setImmediate),
    reopen: async () => {
      await database.close();
      database = connect();
    },
    [Symbol.asyncDispose]: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
