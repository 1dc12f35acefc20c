import { copyFileSync, existsSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { StreamSource } from "./stream-source.ts";

interface StreamRow {
  readonly id: number;
  readonly name: string;
}

/** Reads the streams of the embedded transport from its file, while its owner works with it. */
export function createEmbeddedStreams(path: string): StreamSource {
  let copy: { readonly of: string; readonly db: DatabaseSync } | undefined;
  const read = <Result>(query: (db: DatabaseSync) => Result, none: Result): Result => {
    if (!existsSync(path)) return none;
    const state = stateOf(path);
    if (copy?.of !== state) {
      copy?.db.close();
      copy = { of: state, db: new DatabaseSync(makeCopy(path)) };
    }
    return query(copy.db);
  };
  const rows = (db: DatabaseSync) => db.prepare("SELECT * FROM stream ORDER BY id").all() as unknown as StreamRow[];
  const find = (db: DatabaseSync, stream: string) => rows(db).find(({ name }) => name === stream);
  return {
    messages: async (stream) =>
      read((db) => {
        const row = find(db, stream);
        if (!row) return [];
        const all = db
          .prepare(`SELECT sequence, subject, headers, body FROM message_${row.id} ORDER BY sequence`)
          .all();
        return all.map((each) => ({
          seq: Number(each.sequence),
          subject: String(each.subject),
          headers: headersOf(String(each.headers)),
          body: each.body as Uint8Array,
        }));
      }, []),
    names: async (prefix) =>
      read(
        (db) =>
          rows(db)
            .map(({ name }) => name)
            .filter((name) => name.startsWith(prefix)),
        [],
      ),
    config: async (stream) =>
      read((db) => {
        const row = find(db, stream);
        return row && (JSON.parse(JSON.stringify(row)) as never);
      }, undefined),
    consumers: async (stream) =>
      read((db) => {
        const row = find(db, stream);
        return row
          ? (db.prepare("SELECT name, filter, position FROM durable WHERE stream = ?").all(row.id) as never)
          : [];
      }, []),
  };
}

function headersOf(json: string): { name: string; value: string }[] {
  const headers = JSON.parse(json) as Record<string, string | string[]>;
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => ({ name, value: each })));
}

/** Changes with every commit. */
function stateOf(path: string): string {
  const parts = [path, `${path}-wal`].map((file) => statSync(file, { throwIfNoEntry: false }));
  return parts.map((stat) => (stat ? `${stat.size} ${stat.mtimeMs}` : "")).join(" ");
}

/** The owner keeps the file locked, so a copy is read; it goes with the folder of the run. */
function makeCopy(path: string): string {
  const copy = `${path}-copy`;
  for (const end of ["-shm", "-wal", ""]) rmSync(copy + end, { force: true });
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  return copy;
}
