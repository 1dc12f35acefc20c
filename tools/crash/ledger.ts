import type { Dialect, Sql } from "../../sdk/ts/src/core/database.ts";
import type { CommittedEvent, Effect } from "../../sdk/ts/src/testing/history/index.ts";

/**
 * The tables that tell what took place. Each row is written by the transaction that it speaks of. SQLite commits one
 * transaction after the other, so rows are numbered as they are written. PostgreSQL numbers them in a trigger that waits for
 * the commit and then holds the line, so that the numbers are in commit order whatever Concord does. Before, it takes its
 * time: the longer the way from the outbox row to the commit, the more transactions meet on it.
 */
export const ledgerTables: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: tables("n INTEGER PRIMARY KEY AUTOINCREMENT"),
  postgres: [
    "CREATE TABLE proof_line (name text PRIMARY KEY, n bigint NOT NULL)",
    ...tables("n bigint, row_id bigserial PRIMARY KEY"),
    ...numbering("proof_commit", "concat_ws('/', 'commit', NEW.source, NEW.key)"),
    ...numbering("proof_effect", "concat_ws('/', 'effect', NEW.consumer, NEW.source, NEW.key)"),
  ],
};

function tables(number: string): string[] {
  return [
    `CREATE TABLE proof_commit (${number}, source text NOT NULL, id text NOT NULL, type text NOT NULL, key text,
      operation text, cause_consumer text, cause_source text, cause_id text, may_die integer NOT NULL, at_ms bigint NOT NULL)`,
    `CREATE TABLE proof_effect (${number}, consumer text NOT NULL, source text NOT NULL, id text NOT NULL, key text,
      sequence bigint, redrives integer NOT NULL, at_ms bigint NOT NULL)`,
  ];
}

function numbering(table: string, line: string): string[] {
  return [
    `CREATE FUNCTION number_${table}() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE next bigint;
      BEGIN
        PERFORM pg_sleep(random() * 0.004);
        INSERT INTO proof_line AS l VALUES (${line}, 1) ON CONFLICT (name) DO UPDATE SET n = l.n + 1 RETURNING n INTO next;
        UPDATE ${table} SET n = next WHERE row_id = NEW.row_id;
        RETURN NULL;
      END $$`,
    `CREATE CONSTRAINT TRIGGER number_${table} AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION number_${table}()`,
  ];
}

/** A commit, without the number that the ledger gives it. */
export type CommitRecord = Omit<CommittedEvent, "order">;

/** An effect, without the number that the ledger gives it. */
export type EffectRecord = Omit<Effect, "order" | "redriven"> & { readonly redrives: number };

/** Notes an event in the transaction that publishes it. */
export async function recordCommit(tx: Sql, { cause, ...commit }: CommitRecord): Promise<void> {
  await tx.query(
    `INSERT INTO proof_commit (source, id, type, key, operation, cause_consumer, cause_source, cause_id, may_die, at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[commit.source, commit.id, commit.type, commit.key ?? null, commit.operation ?? null],
      ...[cause?.consumer ?? null, cause?.source ?? null, cause?.id ?? null],
      ...[commit.mayDie === false ? 0 : 1, Math.round(commit.atMs ?? 0)],
    ],
  );
}

/** Notes an effect in the transaction of its handler. */
export async function recordEffect(tx: Sql, effect: EffectRecord): Promise<void> {
  const { consumer, source, id, key, sequence, redrives, atMs } = effect;
  await tx.query(
    `INSERT INTO proof_effect (consumer, source, id, key, sequence, redrives, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [consumer, source, id, key ?? null, sequence ?? null, redrives, Math.round(atMs ?? 0)],
  );
}

interface CommitRow {
  readonly n: number | string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly key: string | null;
  readonly operation: string | null;
  readonly cause_consumer: string | null;
  readonly cause_source: string | null;
  readonly cause_id: string | null;
  readonly may_die: number;
  readonly at_ms: number | string;
}

interface EffectRow extends Pick<CommitRow, "n" | "source" | "id" | "key" | "at_ms"> {
  readonly consumer: string;
  readonly sequence: number | string | null;
  readonly redrives: number;
}

/** Reads what was committed. */
export async function readCommits(sql: Sql): Promise<CommittedEvent[]> {
  const rows = await sql.query<CommitRow>("SELECT * FROM proof_commit");
  return rows.map((row) => ({
    source: row.source,
    id: row.id,
    type: row.type,
    key: row.key ?? undefined,
    order: Number(row.n),
    operation: row.operation ?? undefined,
    cause: toCause(row),
    mayDie: row.may_die === 1,
    atMs: Number(row.at_ms),
  }));
}

function toCause({ cause_consumer, cause_source, cause_id }: CommitRow): CommittedEvent["cause"] {
  if (cause_consumer === null || cause_source === null || cause_id === null) return undefined;
  return { consumer: cause_consumer, source: cause_source, id: cause_id };
}

/** Reads what handlers have done. */
export async function readEffects(sql: Sql): Promise<Effect[]> {
  const rows = await sql.query<EffectRow>("SELECT * FROM proof_effect");
  return rows.map((row) => ({
    consumer: row.consumer,
    source: row.source,
    id: row.id,
    key: row.key ?? undefined,
    order: Number(row.n),
    sequence: row.sequence === null ? undefined : BigInt(row.sequence),
    redriven: row.redrives > 0,
    atMs: Number(row.at_ms),
  }));
}
