import { existsSync } from "node:fs";
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
    const db = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    try {
      return query(db);
    } finally {
      db.close();
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
