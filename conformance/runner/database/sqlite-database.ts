import { existsSync } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type CaseDatabase, cell, checkedName } from "./case-database.ts";

/** A SQLite file that a testee owns and the runner looks into. */
export function createSqliteDatabase(path: string): CaseDatabase {
  let held: DatabaseSync | undefined;
  const open = (readOnly: boolean) => new DatabaseSync(path, { readOnly, timeout: 3_000 });
  const unsupported = async () => {
    throw new Error("SQLite has no connections to stop; restrict the case to db=postgres");
  };
  return {
    dialect: "sqlite",
    url: pathToFileURL(path).href,
    port: undefined,
    async rows(table) {
      if (!existsSync(path)) return [];
      using db = disposable(open(true));
      const columns = db.value.prepare(`PRAGMA table_info(${checkedName(table)})`).all();
      if (columns.length === 0) return [];
      const keys = columns.filter(({ pk }) => pk !== 0).sort((left, right) => Number(left.pk) - Number(right.pk));
      const statement = db.value.prepare(
        `SELECT * FROM ${table} ORDER BY ${keys.map(({ name }) => name).join(", ") || 1}`,
      );
      statement.setReadBigInts(true);
      return statement
        .all()
        .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)])));
    },
    async execute(sql, values = []) {
      using db = disposable(open(false));
      db.value.prepare(sql).run(...(values as SQLInputValue[]));
    },
    stop: unsupported,
    start: unsupported,
    async snapshot() {
      using db = disposable(open(false));
      db.value.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      await copyFile(path, `${path}.snapshot`);
    },
    async restore() {
      for (const suffix of ["-wal", "-shm"]) await rm(`${path}${suffix}`, { force: true });
      await copyFile(`${path}.snapshot`, path);
    },
    async holdTransaction(key) {
      held = open(false);
      held.exec(key === undefined ? "BEGIN" : "BEGIN IMMEDIATE");
      held.prepare("SELECT count(*) FROM sqlite_master").get();
    },
    async endTransaction() {
      held?.exec("ROLLBACK");
      held?.close();
      held = undefined;
    },
    disconnect: unsupported,
    async drop() {
      held?.close();
      for (const suffix of ["", "-wal", "-shm", ".snapshot"]) await rm(`${path}${suffix}`, { force: true });
    },
  };
}

function disposable(value: DatabaseSync): { value: DatabaseSync } & Disposable {
  return { value, [Symbol.dispose]: () => value.close() };
}
