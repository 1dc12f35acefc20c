import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StreamSource } from "./stream-source.ts";

interface StreamRow {
  readonly id: number;
  readonly name: string;
}

/** Reads the streams of the embedded transport from its file, while its owner works with it. */
export function createEmbeddedStreams(path: string): StreamSource {
  const read = <Result>(query: (db: DatabaseSync) => Result, none: Result): Result => {
    if (!existsSync(path)) return none;
    const copy = copyOf(path);
    try {
      const db = new DatabaseSync(join(copy, "copy.db"));
      try {
        return query(db);
      } finally {
        db.close();
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
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

/** The owner keeps the file locked, so a copy is read: of the write-ahead log first, for what is missing in it is in the file. */
function copyOf(path: string): string {
  const folder = mkdtempSync(join(dirname(path), "copy-"));
  const wal = join(folder, "copy.db-wal");
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, wal);
  copyFileSync(path, join(folder, "copy.db"));
  return folder;
}
