import type { InboxClaim, InboxState, InboxStore } from "../core/store/inbox-store.ts";
import { type InboxKey, inboxFloor, toAgeDay, toEventTimeMs, toInboxKey } from "./inbox-key.ts";
import type { ListedColumn, StoreContext } from "./store-context.ts";

interface KeyRow {
  readonly consumer: string;
  readonly source: string;
  readonly event_id: string;
  readonly day: number;
}

interface Found {
  readonly state: InboxState;
  readonly redrives: number;
}

const keyColumns: readonly ListedColumn[] = [
  ["consumer", "text"],
  ["source", "text"],
  ["event_id", "text"],
  ["day", "integer"],
];
const ageColumns: readonly ListedColumn[] = [
  ["event_time_ms", "bigint"],
  ["age_day", "integer"],
];

/** Makes the claim of many events: one statement, and a second one only when some of them were there before. */
export function createClaimAll<Db, Tx>(context: StoreContext<Db, Tx>): InboxStore<Tx>["claimAll"] {
  const { database, table, dialect } = context;
  const inbox = table("concord_inbox");
  const eventId = dialect.uuid("i.event_id");
  const insert = `INSERT INTO ${inbox} (consumer, source, event_id, day, event_time_ms, state, redrives)
    SELECT i.consumer, i.source, ${eventId}, i.day, i.event_time_ms, 'done', 0
    FROM ${dialect.rows([...keyColumns, ...ageColumns])} AS i WHERE i.age_day >= ${inboxFloor(table)}
    ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING RETURNING consumer, source, event_id, day`;
  const find = `SELECT x.consumer, x.source, x.event_id, x.day, x.state, x.redrives
    FROM ${dialect.rows(keyColumns)} AS i JOIN ${inbox} x
      ON x.consumer = i.consumer AND x.source = i.source AND x.event_id = ${eventId} AND x.day = i.day`;

  return async (tx, refs) => {
    if (refs.length === 0) return [];
    const keys = refs.map((ref) => toInboxKey(context, ref));
    const rows = refs.map((ref, index) => {
      const timeMs = toEventTimeMs(context, ref);
      return [...keys[index]!, timeMs, toAgeDay(context, timeMs)];
    });
    const claimed = await database.query<KeyRow>(tx, insert, dialect.rowValues(rows));
    const free = new Set(claimed.map(nameOfRow));
    const names = keys.map((key) => key.join("\0"));
    const missing = keys.filter((_, index) => !free.has(names[index]!));
    const found = new Map<string, Found>();
    if (missing.length > 0) {
      const known = await database.query<KeyRow & Found>(tx, find, dialect.rowValues(missing));
      for (const row of known) found.set(nameOfRow(row), row);
    }
    return names.map((name) => answer(name, free, found));
  };
}

/** The first one that names a new row has it; whoever names it again finds what that one left. */
function answer(name: string, free: Set<string>, found: Map<string, Found>): InboxClaim {
  if (free.delete(name)) {
    found.set(name, { state: "done", redrives: 0 });
    return { kind: "claimed" };
  }
  const row = found.get(name);
  return row ? { kind: "duplicate", state: row.state, redrives: row.redrives } : { kind: "too_old" };
}

function nameOfRow({ consumer, source, event_id, day }: KeyRow): string {
  return ([consumer, source, event_id, day] satisfies InboxKey).join("\0");
}
