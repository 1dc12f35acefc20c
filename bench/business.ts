import { randomInt } from "node:crypto";
import type { Sql } from "../sdk/ts/src/core/database.ts";

const accounts = 100_000;
const tellers = 1_000;
const branches = 100;

/** The tables of {@link transact}, filled. */
export const businessTables = [
  "CREATE TABLE branches (bid int PRIMARY KEY, bbalance int NOT NULL, filler char(88)) WITH (fillfactor = 10)",
  "CREATE TABLE tellers (tid int PRIMARY KEY, bid int, tbalance int NOT NULL, filler char(84)) WITH (fillfactor = 20)",
  "CREATE TABLE accounts (aid int PRIMARY KEY, bid int, abalance int NOT NULL, filler char(84)) WITH (fillfactor = 90)",
  "CREATE TABLE history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
  `INSERT INTO branches SELECT bid, 0 FROM generate_series(1, ${branches}) bid`,
  `INSERT INTO tellers SELECT tid, 1 + tid % ${branches}, 0 FROM generate_series(1, ${tellers}) tid`,
  `INSERT INTO accounts SELECT aid, 1 + aid % ${branches}, 0, '' FROM generate_series(1, ${accounts}) aid`,
  "VACUUM ANALYZE",
];

/** What a transaction does besides its business. */
export type Extra = (tx: Sql, account: number) => Promise<unknown>;

/** TPC-B as pgbench has it: https://www.postgresql.org/docs/current/pgbench.html#PGBENCH-BUILTIN-OPTION */
export async function transact(tx: Sql, extra: Extra): Promise<void> {
  const [aid, tid, bid] = [accounts, tellers, branches].map((highest) => randomInt(1, highest + 1)) as Ids;
  const delta = randomInt(-5_000, 5_001);
  await tx.query("UPDATE accounts SET abalance = abalance + $1 WHERE aid = $2", [delta, aid]);
  await tx.query("SELECT abalance FROM accounts WHERE aid = $1", [aid]);
  await tx.query("UPDATE tellers SET tbalance = tbalance + $1 WHERE tid = $2", [delta, tid]);
  await tx.query("UPDATE branches SET bbalance = bbalance + $1 WHERE bid = $2", [delta, bid]);
  await tx.query("INSERT INTO history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)", [
    tid,
    bid,
    aid,
    delta,
  ]);
  await extra(tx, aid);
}

type Ids = [aid: number, tid: number, bid: number];
