import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { OutgoingMessage } from "../sdk/ts/src/core/message.ts";
import { openEmbedded } from "../sdk/ts/src/embedded/index.ts";
import type { Bench, Measurement, Round } from "./bench.ts";

const count = 50_000;
const perCommit = 256;
const perPage = 256;

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

/** How long each half took, in milliseconds. */
interface Times {
  readonly append: number;
  readonly read: number;
}

/** The embedded transport against the least that SQLite itself must do for the same bytes, durability and batches. */
export const bench: Bench = {
  title: `Embedded append → read against bare SQLite, ${count} messages of 512 B, ${perCommit} in each commit, fsync each`,
  goals: { "append → read ÷ bare SQLite": { atLeast: 0.5 } },
  measure: async ({ index }: Round) => {
    const folder = mkdtempSync(join(tmpdir(), "concord-bench-"));
    try {
      const sides = [
        () => embedded(join(folder, "embedded.db")),
        async () => bareSqlite(join(folder, "bare.db")),
      ] as const;
      const [ours, bare] = await inTurn(sides, index % 2 === 0);
      return report(ours, bare);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** Whoever runs second finds a warmer machine, so the rounds take turns. */
async function inTurn(sides: readonly [() => Promise<Times>, () => Promise<Times>], oursFirst: boolean) {
  if (oursFirst) return [await sides[0](), await sides[1]()] as const;
  const bare = await sides[1]();
  return [await sides[0](), bare] as const;
}

function report(ours: Times, bare: Times): Measurement[] {
  const rate = (ms: number) => (count / ms) * 1_000;
  return [
    { name: "append", value: rate(ours.append), unit: "events/s" },
    { name: "append, bare SQLite", value: rate(bare.append), unit: "events/s" },
    { name: "read", value: rate(ours.read), unit: "events/s" },
    { name: "read, bare SQLite", value: rate(bare.read), unit: "events/s" },
    { name: "append ÷ bare SQLite", value: bare.append / ours.append, unit: "×" },
    { name: "read ÷ bare SQLite", value: bare.read / ours.read, unit: "×" },
    {
      name: "append → read ÷ bare SQLite",
      value: (bare.append + bare.read) / (ours.append + ours.read),
      unit: "×",
    },
  ];
}

async function embedded(path: string): Promise<Times> {
  await using transport = await openEmbedded({ path });
  const limits = { partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ name: "evt-orders", subjects: ["evt.orders.>"], ...limits }]);
  const start = performance.now();
  for (let i = 0; i < count; i += perCommit) {
    await Promise.all(messages.slice(i, i + perCommit).map((message) => transport.publish(message)));
  }
  const appended = performance.now();
  const { signal } = new AbortController();
  const request = { stream: "evt-orders", filter: "evt.orders.>", after: 0n, signal, maxBatch: perPage };
  let read = 0;
  for await (const batch of transport.read(request)) {
    read += batch.length;
    if (read === count) break;
  }
  return { append: appended - start, read: performance.now() - appended };
}

/** The same columns in one table, without index, dedupe or limits. */
function bareSqlite(path: string): Times {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec(
    "CREATE TABLE message (sequence INTEGER PRIMARY KEY, stored_at INTEGER, message_id TEXT, subject TEXT, headers TEXT, body BLOB)",
  );
  const insert = db.prepare("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)");
  const select = db.prepare("SELECT * FROM message WHERE sequence > ? ORDER BY sequence LIMIT ?");
  const start = performance.now();
  for (let i = 0; i < count; i += perCommit) {
    db.exec("BEGIN IMMEDIATE");
    for (const [j, { messageId, subject, headers, body }] of messages.slice(i, i + perCommit).entries()) {
      insert.run(i + j + 1, Date.now(), messageId, subject, JSON.stringify(headers), body);
    }
    db.exec("COMMIT");
  }
  const appended = performance.now();
  for (let after = 0; after < count; ) after = select.all(after, perPage).at(-1)!.sequence as number;
  const times = { append: appended - start, read: performance.now() - appended };
  db.close();
  return times;
}
