import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { StoreContext } from "./store-context.ts";

/** The row of an event that is the first of its key. */
export interface ParkedHead extends PartitionRef {
  readonly id: bigint;
}

/** Finds the parked events that are the first of their keys. */
export interface ParkedHeads<Tx> {
  /** Those that are due, about the longest due first; at most a thousand. */
  due(tx: Tx, refs: readonly PartitionRef[]): Promise<readonly ParkedHead[]>;
  /** Milliseconds until the next one is due, negative when it was before; undefined when there is none. */
  nextDueInMs(refs: readonly PartitionRef[]): Promise<number | undefined>;
}

interface HeadRow {
  readonly id: string | number | bigint;
  readonly consumer: string;
  readonly stream: string;
  readonly partition: number;
}

/** Heads given at once: a search costs as much as there are keys, so each is to serve many claims. */
const maxHeads = 1_000;

/**
 * Makes the search. It goes from key to key through the index, so that it costs as much as there are keys that wait,
 * however long their tails are. That an event is first is asked anew each time: a mark kept in the row could miss the tail
 * that arrives while its head is taken out.
 */
export function createParkedHeads<Db, Tx>(context: StoreContext<Db, Tx>): ParkedHeads<Tx> {
  const { database, now, nowMs } = context;
  const heads = createSearch(context);

  return {
    due: async (tx, refs) => {
      const { text, values } = heads(refs);
      const rows = await database.query<HeadRow>(
        tx,
        `${text} SELECT id, consumer, stream, partition FROM waiting WHERE due_at_ms <= (SELECT ${now("$1")})
         ORDER BY due_at_ms, id LIMIT ${maxHeads}`,
        [nowMs(), ...values],
      );
      return rows.map((row) => ({ ...row, id: BigInt(row.id) }));
    },
    nextDueInMs: async (refs) => {
      const { text, values } = heads(refs);
      const [row] = await database.query<{ wait: string | number | null }>(
        database.db,
        `${text} SELECT min(due_at_ms) - ${now("$1")} AS wait FROM waiting`,
        [nowMs(), ...values],
      );
      return row?.wait === null || row === undefined ? undefined : Number(row.wait);
    },
  };
}

/** Writes what precedes a statement about the table `waiting` of heads and their times. The time now is its `$1`. */
function createSearch<Db, Tx>({ table, probe }: StoreContext<Db, Tx>) {
  const parked = table("concord_parked");
  const of = (other: string) =>
    `p.consumer = ${other}.consumer AND p.stream = ${other}.stream AND p.partition = ${other}.partition`;
  const keyed = `
    k (consumer, stream, partition, key) AS (
      SELECT r.consumer, r.stream, r.partition, (SELECT min(p.key) FROM ${parked} p WHERE ${of("r")}) FROM r
      UNION ALL
      SELECT k.consumer, k.stream, k.partition, (SELECT min(p.key) FROM ${parked} p WHERE ${of("k")} AND p.key > k.key)
      FROM k WHERE k.key IS NOT NULL
    ),
    head (consumer, stream, partition, id) AS (
      SELECT k.consumer, k.stream, k.partition, (SELECT p.id FROM ${parked} p WHERE ${of("k")} AND p.key = k.key
        ORDER BY p.generation, p.sequence, p.id LIMIT 1) FROM k WHERE k.key IS NOT NULL
      UNION ALL
      SELECT r.consumer, r.stream, r.partition, p.id FROM r JOIN ${parked} p ON ${of("r")} AND p.key IS NULL
    )`;
  const any = `head (consumer, stream, partition, id) AS (
      SELECT r.consumer, r.stream, r.partition, p.id FROM r JOIN ${parked} p ON ${of("r")})`;
  // A join would be planned as a look at the whole table, tails and all; a subquery goes by the id.
  const waiting = `waiting AS MATERIALIZED (
      SELECT h.*, (SELECT p.due_at_ms FROM ${parked} p WHERE p.id = h.id) AS due_at_ms FROM head h)`;
  const search = `${probe?.without("runner-ignores-order") ? any : keyed}, ${waiting}`;

  return (refs: readonly PartitionRef[]) => {
    const rows = refs.map((_, index) => {
      const at = 2 + index * 3;
      return `($${at}, $${at + 1}, CAST($${at + 2} AS integer))`;
    });
    const values = refs.flatMap(({ consumer, stream, partition }) => [consumer, stream, partition]);
    return { text: `WITH RECURSIVE r (consumer, stream, partition) AS (VALUES ${rows.join(", ")}), ${search}`, values };
  };
}
