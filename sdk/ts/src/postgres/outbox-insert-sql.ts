import type { Probe } from "../core/probe.ts";

/** Stripes that keys fall into by their hash. */
const stripes = 256;

/** What a statement locks: each key, sharing its stripe, or the stripe as a whole. */
export type LockLevel = "key" | "stripe";

/** What a statement does. */
export interface InsertShape {
  readonly level: LockLevel;
  /** Whether it gives the ids, which costs a row for each. */
  readonly givesIds: boolean;
}

/** What the statements are made of. */
interface Parts {
  readonly outbox: string;
  /** The table's oid, which the locks are named by. */
  readonly oid: string;
  readonly draw: string;
  /** The row's id in the envelope. */
  readonly varint: string;
  readonly without: Probe["without"];
}

const columns = "partition, key, stream, subject, message_id, headers, type, event_id";

/**
 * The statement that stores one entry, `$1` to `$10` being its columns, head and tail. `l` takes the locks; the id is drawn
 * by what reads `l`, so after it. Nothing is locked for a key that is null.
 */
export function toInsertOne(
  table: (name: string) => string,
  { givesIds }: Pick<InsertShape, "givesIds">,
  probe: Probe | undefined,
): string {
  const { outbox, oid, draw, varint, without } = toParts(table, probe);
  const early = without("lock-after-id");
  const locks = without("no-key-lock") ? "" : `, ${toLocks(oid, "key").join(", ")}`;
  return `WITH l AS MATERIALIZED (SELECT early ${locks}
      FROM (SELECT hashtextextended($2, ${oid}) AS hash, ${early ? draw : "0"} AS early OFFSET 0) h)
    INSERT INTO ${outbox} (id, ${columns}, body)
    SELECT id, $1::smallint, $2, $3, $4, $5, $6, $7, $8, ${toBody("$9::bytea", "$10::bytea", varint)}
    FROM (SELECT ${early ? "early" : draw} AS id ${without("cte-unreferenced") ? "" : "FROM l"} OFFSET 0) r
    ${givesIds ? "RETURNING id" : ""}`;
}

/**
 * The statement that stores many entries, `$1` to `$10` being arrays. `l` gives one row when all locks are held; without a
 * reference to it PostgreSQL would not run it at all. It takes them in one order, stripe by stripe and in each by hash, as
 * everybody does.
 */
export function toInsertMany(
  table: (name: string) => string,
  { level, givesIds }: InsertShape,
  probe: Probe | undefined,
): string {
  const { outbox, oid, draw, varint, without } = toParts(table, probe);
  const early = without("lock-after-id");
  const hash = `hashtextextended(key, ${oid})`;
  const order = without("unsorted-locks") ? "min(n)" : `${hash} & ${stripes - 1}, ${hash}`;
  const locks = toLocks(oid, level).map((lock) => `count(${lock})`);
  return `WITH i AS MATERIALIZED (
      SELECT ${early ? draw : "0"} AS early, t.* FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[],
        $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[]) WITH ORDINALITY
        AS t (${columns}, head, tail, n)
    ), l AS MATERIALIZED (
      SELECT ${locks.join(", ")} FROM (SELECT ${hash} AS hash FROM i
        WHERE key IS NOT NULL ${without("no-key-lock") ? "AND FALSE" : ""} GROUP BY ${hash} ORDER BY ${order} OFFSET 0) d
    )
    INSERT INTO ${outbox} (id, ${columns}, body) SELECT id, ${columns}, ${toBody("head", "tail", varint)}
    FROM (SELECT ${early ? "early" : draw} AS id, s.*
      FROM (SELECT i.* FROM i ${without("cte-unreferenced") ? "" : ", l"} ORDER BY n OFFSET 0) s OFFSET 0) r
    ${givesIds ? "RETURNING id" : ""}`;
}

/** Calls that lock a `hash`, the stripe's first. */
function toLocks(oid: string, level: LockLevel): string[] {
  const stripe = `(${oid}, (hash & ${stripes - 1})::integer)`;
  if (level === "stripe") return [`pg_advisory_xact_lock${stripe}`];
  return [`pg_advisory_xact_lock_shared${stripe}`, "pg_advisory_xact_lock(hash)"];
}

/** Field 6 of the envelope is the row's id as a varint; an entry without a tail is complete as it is. */
function toBody(head: string, tail: string, varint: string): string {
  return `CASE WHEN ${tail} IS NULL THEN ${head} ELSE ${head} || '\\x30'::bytea || ${varint} || ${tail} END`;
}

/** Ids of up to three bytes without a call of the function, which costs as much as a small statement. */
function toVarint(id: string, call: string): string {
  const first = `(${id} & 127 | 128)::integer`;
  const second = `(${id} >> 7 & 127 | 128)::integer`;
  return `CASE WHEN ${id} < 1 << 7 THEN set_byte('\\x00', 0, ${id}::integer)
      WHEN ${id} < 1 << 14 THEN set_byte(set_byte('\\x0000', 0, ${first}), 1, (${id} >> 7)::integer)
      WHEN ${id} < 1 << 21 THEN set_byte(set_byte(set_byte('\\x000000', 0, ${first}), 1, ${second}), 2, (${id} >> 14)::integer)
      ELSE ${call}(${id}) END`;
}

function toParts(table: (name: string) => string, probe: Probe | undefined): Parts {
  const outbox = table("concord_outbox");
  return {
    outbox,
    oid: `'${outbox}'::regclass::oid::integer`,
    draw: `nextval('${table("concord_outbox_id_seq")}')`,
    varint: toVarint("id", table("concord_varint")),
    without: (mutation) => probe?.without(mutation) ?? false,
  };
}
