import { escapeKeyToken, unescapeKeyToken } from "../core/key-token.ts";
import type { Headers } from "../core/message.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { EventToPark, ParkedEvent, ParkingStore } from "../core/store/parking-store.ts";
import { createParkedHeads, type ParkedHead } from "./parked-heads.ts";
import type { StoreContext } from "./store-context.ts";

interface ParkedRow {
  readonly id: string | number | bigint;
  readonly consumer: string;
  readonly stream: string;
  readonly partition: number;
  readonly sequence: string | number | bigint;
  readonly key: string | null;
  readonly source: string;
  readonly event_id: string;
  readonly subject: string;
  readonly headers: string;
  readonly body: Uint8Array;
  readonly stored_at_ms: string | number;
  readonly attempts: number;
  readonly redrives: number;
  readonly due_at_ms: string | number;
}

const columns = `consumer, stream, partition, sequence, key, source, event_id, subject, headers, body, stored_at_ms,
  attempts, redrives`;

/** Heads that one claim looks at: as many as others may be working on. */
const claimedAtOnce = 32;

const partitionWhere = "consumer = $1 AND stream = $2 AND partition = $3";

/** Keeps waiting events in `concord_parked`. */
export function createParkingStore<Db, Tx>(context: StoreContext<Db, Tx>): ParkingStore<Tx> {
  const { database, dialect, now, nowMs } = context;
  const parked = context.table("concord_parked");
  const heads = createParkedHeads(context);
  const claim = createClaim(context);
  /** Heads that were due when they were looked for, each good for one claim. */
  let candidates: readonly ParkedHead[] = [];

  return {
    isKeyParked: async (tx, ref, key) => {
      const rows = await database.query(tx, `SELECT 1 FROM ${parked} WHERE ${partitionWhere} AND key = $4 LIMIT 1`, [
        ...toRef(ref),
        escapeKeyToken(key),
      ]);
      return rows.length > 0;
    },
    parkedKeys: async (tx, ref, keys) => {
      if (keys.length === 0) return new Set();
      const rows = await database.query<{ key: string }>(
        tx,
        `SELECT DISTINCT key FROM ${parked} WHERE ${partitionWhere} AND key IN ${dialect.elements("$4", "text")}`,
        [...toRef(ref), dialect.list(keys.map(escapeKeyToken))],
      );
      const tokens = new Set(rows.map(({ key }) => key));
      return new Set(keys.filter((key) => tokens.has(escapeKeyToken(key))));
    },
    park: async (tx, event, delayMs) => {
      await database.query(
        tx,
        `INSERT INTO ${parked} (${columns}, generation, due_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
           coalesce((SELECT generation FROM ${context.table("concord_cursor")} WHERE ${partitionWhere}), 0),
           ${due(now, "$14", "$15")})`,
        [...toValues(event), nowMs(), delayMs],
      );
    },
    claimDue: async (tx, refs) => {
      if (refs.length === 0) return undefined;
      const names = new Set(refs.map(nameOf));
      for (let isFresh = false; ; ) {
        const chosen = candidates.filter((head) => names.has(nameOf(head))).slice(0, claimedAtOnce);
        if (chosen.length === 0) {
          if (isFresh) return undefined;
          candidates = await heads.due(tx, refs);
          isFresh = true;
          continue;
        }
        const found = await claim(tx, chosen);
        const gone = new Set(found ? [found.id] : chosen.map(({ id }) => id));
        candidates = candidates.filter(({ id }) => !gone.has(id));
        // A number may be given again, to a row of another partition.
        if (found && names.has(nameOf(found))) return found;
      }
    },
    postpone: async (tx, { id }, attempts, delayMs) => {
      await database.query(
        tx,
        `UPDATE ${parked} SET attempts = $2, due_at_ms = ${due(now, "$3", "$4")} WHERE id = $1`,
        [id, attempts, nowMs(), delayMs],
      );
    },
    remove: async (tx, { id }) => {
      await database.query(tx, `DELETE FROM ${parked} WHERE id = $1`, [id]);
    },
    nextDueInMs: async (refs) => {
      const wait = refs.length === 0 ? undefined : await heads.nextDueInMs(refs);
      return wait === undefined ? undefined : Math.max(0, wait);
    },
    count: async (...refs) => {
      if (refs.length === 0) return 0;
      const rows = refs
        .map((_, index) => `($${index * 3 + 1}, $${index * 3 + 2}, CAST($${index * 3 + 3} AS integer))`)
        .join(", ");
      const [row] = await database.query<{ count: string }>(
        database.db,
        `SELECT count(*) AS count FROM ${parked} WHERE (consumer, stream, partition) IN (VALUES ${rows})`,
        refs.flatMap(toRef),
      );
      return Number(row?.count);
    },
  };
}

/**
 * Makes the claim of one head out of some: the longest due that nobody else works on. That it is the first of its key, and
 * due, is asked again in the same statement.
 */
function createClaim<Db, Tx>(context: StoreContext<Db, Tx>) {
  const { database, dialect, now, nowMs, probe } = context;
  const parked = context.table("concord_parked");
  const sameKey = "e.consumer = p.consumer AND e.stream = p.stream AND e.partition = p.partition AND e.key = p.key";
  const first = `(p.key IS NULL OR p.id = (SELECT e.id FROM ${parked} e WHERE ${sameKey}
    ORDER BY e.generation, e.sequence, e.id LIMIT 1))`;
  const order = probe?.without("runner-ignores-order") ? "TRUE" : first;
  const text = `SELECT id, ${columns}, due_at_ms FROM ${parked} p
    WHERE p.id IN ${dialect.elements("$2", "bigint")} AND p.due_at_ms <= (SELECT ${now("$1")}) AND ${order}
    ORDER BY p.due_at_ms, p.generation, p.sequence LIMIT 1 ${dialect.skipLocked}`;

  return async (tx: Tx, heads: readonly ParkedHead[]): Promise<ParkedEvent | undefined> => {
    const [row] = await database.query<ParkedRow>(tx, text, [nowMs(), dialect.list(heads.map(({ id }) => id))]);
    return row && toParkedEvent(row);
  };
}

/** An event without a delay is due as soon as it is the first of its key. */
function due(now: (placeholder: string) => string, nowPlaceholder: string, delayPlaceholder: string): string {
  const delay = `CAST(${delayPlaceholder} AS bigint)`;
  return `CASE WHEN ${delay} <= 0 THEN 0 ELSE ${now(nowPlaceholder)} + ${delay} END`;
}

function nameOf({ consumer, stream, partition }: PartitionRef): string {
  return `${partition}/${stream}/${consumer}`;
}

function toRef({ consumer, stream, partition }: PartitionRef): unknown[] {
  return [consumer, stream, partition];
}

function toValues(event: EventToPark): unknown[] {
  return [
    ...toRef(event),
    event.sequence,
    event.key === undefined ? null : escapeKeyToken(event.key),
    event.source,
    event.eventId,
    event.subject,
    JSON.stringify(event.headers),
    event.body,
    event.storedAtMs,
    event.attempts,
    event.redrives,
  ];
}

function toParkedEvent(row: ParkedRow): ParkedEvent {
  return {
    id: BigInt(row.id),
    consumer: row.consumer,
    stream: row.stream,
    partition: row.partition,
    sequence: BigInt(row.sequence),
    key: row.key === null ? undefined : unescapeKeyToken(row.key),
    source: row.source,
    eventId: row.event_id,
    subject: row.subject,
    headers: JSON.parse(row.headers) as Headers,
    body: row.body,
    storedAtMs: Number(row.stored_at_ms),
    attempts: row.attempts,
    redrives: row.redrives,
    dueAtMs: Number(row.due_at_ms),
  };
}
