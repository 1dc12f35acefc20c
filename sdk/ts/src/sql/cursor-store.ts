import type { Cursor, CursorStore, PartitionRef } from "../core/store/cursor-store.ts";
import { placeholders } from "./placeholders.ts";
import type { StoreContext } from "./store-context.ts";

interface CursorRow {
  readonly consumer: string;
  readonly stream: string;
  readonly partition: number;
  readonly sequence: string | number | bigint;
  readonly event_id: string;
  readonly stream_created_at_ms: string | number;
  readonly event_time_ms: string | number;
}

type Position = PartitionRef & Cursor;

/** Keeps positions in `concord_cursor`. */
export function createCursorStore<Db, Tx>({ database, table }: StoreContext<Db, Tx>): CursorStore {
  const cursor = table("concord_cursor");
  const columns = "consumer, stream, partition, sequence, event_id, stream_created_at_ms, event_time_ms";
  const assign = `sequence = excluded.sequence, event_id = excluded.event_id,
    stream_created_at_ms = excluded.stream_created_at_ms, event_time_ms = excluded.event_time_ms`;
  const where = "consumer = $1 AND stream = $2 AND partition = $3";
  const query = <Row>(text: string, values: readonly unknown[]) => database.query<Row>(database.db, text, values);

  const write = (positions: readonly Position[], more: string) =>
    query(
      `INSERT INTO ${cursor} AS c (${columns}) VALUES ${placeholders(positions.length, 7)}
       ON CONFLICT (consumer, stream, partition) DO UPDATE SET ${assign} ${more}`,
      positions.flatMap(toValues),
    );

  return {
    load: async (ref) => {
      const [row] = await query<CursorRow>(
        `SELECT ${columns} FROM ${cursor} WHERE ${where} AND sequence IS NOT NULL`,
        toKey(ref),
      );
      return row && toPosition(row);
    },
    advance: async (cursors) => {
      if (cursors.length === 0) return;
      await write(
        [...cursors].sort(byPartition),
        `WHERE c.sequence IS NULL OR excluded.sequence > c.sequence
           OR (excluded.sequence = c.sequence AND excluded.event_time_ms > c.event_time_ms)`,
      );
    },
    rewind: async (ref, position, { isOtherStream = false } = {}) => {
      await write([{ ...ref, ...position }], isOtherStream ? ", generation = c.generation + 1" : "");
    },
    open: async (ref) => {
      const [known] = await query(`SELECT 1 FROM ${cursor} WHERE ${where} AND session_open`, toKey(ref));
      await query(
        `INSERT INTO ${cursor} (consumer, stream, partition, session_open) VALUES ($1, $2, $3, TRUE)
         ON CONFLICT (consumer, stream, partition) DO UPDATE SET session_open = TRUE`,
        toKey(ref),
      );
      return known !== undefined;
    },
    close: async (ref) => {
      await query(`UPDATE ${cursor} SET session_open = FALSE WHERE ${where}`, toKey(ref));
    },
    list: async (consumer) => {
      const rows = await query<CursorRow>(
        `SELECT ${columns} FROM ${cursor} WHERE consumer = $1 AND sequence IS NOT NULL ORDER BY stream, partition`,
        [consumer],
      );
      return rows.map(toPosition);
    },
  };
}

function toKey({ consumer, stream, partition }: PartitionRef): unknown[] {
  return [consumer, stream, partition];
}

function toValues(position: Position): unknown[] {
  const { sequence, eventId, streamCreatedAtMs, eventTimeMs } = position;
  return [...toKey(position), sequence, eventId, streamCreatedAtMs, eventTimeMs];
}

function toPosition(row: CursorRow): Position {
  return {
    consumer: row.consumer,
    stream: row.stream,
    partition: row.partition,
    sequence: BigInt(row.sequence),
    eventId: row.event_id,
    streamCreatedAtMs: Number(row.stream_created_at_ms),
    eventTimeMs: Number(row.event_time_ms),
  };
}

/** One order for all who write several rows, so that two of them cannot wait for each other. */
function byPartition(a: PartitionRef, b: PartitionRef): number {
  return a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.partition - b.partition;
}
