import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { OutgoingMessage } from "../sdk/ts/src/core/message.ts";
import { openEmbedded } from "../sdk/ts/src/embedded/index.ts";
import type { Bench, Measurement } from "./bench.ts";

const perCommit = 256;
const perPage = 256;
const slice = 10 * perCommit;
const count = 20 * slice;

const messages: readonly OutgoingMessage[] = Array.from({ length: count }, (_, i) => ({
  stream: "evt-orders",
  subject: `evt.orders.${i % 8}.order-${i}.shop.orders.v1.OrderCreated`,
  messageId: `/shop/orders/0192f0a0-0000-7000-8000-${String(i).padStart(12, "0")}`,
  headers: {
    "content-type": "application/vnd.concord.envelope.v1+protobuf",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  },
  body: new Uint8Array(512).fill(7),
}));

/** One of the two that are compared. */
interface Side extends AsyncDisposable {
  append(from: number, to: number): Promise<void>;
  read(from: number, to: number): Promise<void>;
}

/** The embedded transport against the least that SQLite itself must do for the same bytes, durability and batches. */
export const bench: Bench = {
  title: `Embedded append → read against bare SQLite, ${count} messages of 512 B, ${perCommit} in each commit, fsync each`,
  goals: { "append → read ÷ bare SQLite": { atLeast: 0.5 } },
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), "concord-bench-"));
    try {
      await using ours = await openTransport(join(folder, "embedded.db"));
      await using bare = openBare(join(folder, "bare.db"));
      return report(await inTurns("append", ours, bare), await inTurns("read", ours, bare));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** Milliseconds of both, slice by slice in turns: what disturbs the machine for a while disturbs both. */
async function inTurns(what: "append" | "read", ours: Side, bare: Side): Promise<{ ours: number; bare: number }> {
  const spent = { ours: 0, bare: 0 };
  for (let from = 0; from < count; from += slice) {
    spent.ours += await timed(() => ours[what](from, from + slice));
    spent.bare += await timed(() => bare[what](from, from + slice));
  }
  return spent;
}

async function timed(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function report(append: { ours: number; bare: number }, read: { ours: number; bare: number }): Measurement[] {
  const rate = (name: string, ms: number) => ({ name, value: (count / ms) * 1_000, unit: "events/s" });
  const ratio = (name: string, value: number) => ({ name: `${name} ÷ bare SQLite`, value, unit: "×" });
  return [
    rate("append", append.ours),
    rate("append, bare SQLite", append.bare),
    rate("read", read.ours),
    rate("read, bare SQLite", read.bare),
    ratio("append", append.bare / append.ours),
    ratio("read", read.bare / read.ours),
    ratio("append → read", (append.bare + read.bare) / (append.ours + read.ours)),
  ];
}

async function openTransport(path: string): Promise<Side> {
  const transport = await openEmbedded({ path });
  const limits = { partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ name: "evt-orders", subjects: ["evt.orders.>"], ...limits }]);
  return {
    append: async (from, to) => {
      for (let i = from; i < to; i += perCommit) {
        await Promise.all(messages.slice(i, i + perCommit).map((message) => transport.publish(message)));
      }
    },
    read: async (from, to) => {
      const { signal } = new AbortController();
      const request = { stream: "evt-orders", filter: "evt.orders.>", after: BigInt(from), signal, maxBatch: perPage };
      for await (const batch of transport.read(request)) if (batch.at(-1)!.sequence >= to) break;
    },
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

/** The same columns in one table, without index, dedupe or limits. */
function openBare(path: string): Side {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec(`CREATE TABLE message (sequence INTEGER PRIMARY KEY, stored_at INTEGER, message_id TEXT, subject TEXT,
    headers TEXT, body BLOB)`);
  const insert = db.prepare("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)");
  const select = db.prepare("SELECT * FROM message WHERE sequence > ? ORDER BY sequence LIMIT ?");
  return {
    append: async (from, to) => {
      for (let i = from; i < to; i += perCommit) {
        db.exec("BEGIN IMMEDIATE");
        for (const [j, { messageId, subject, headers, body }] of messages.slice(i, i + perCommit).entries()) {
          insert.run(i + j + 1, Date.now(), messageId, subject, JSON.stringify(headers), body);
        }
        db.exec("COMMIT");
      }
    },
    read: async (from, to) => {
      for (let after = from; after < to; ) after = select.all(after, perPage).at(-1)!.sequence as number;
    },
    [Symbol.asyncDispose]: async () => db.close(),
  };
}
