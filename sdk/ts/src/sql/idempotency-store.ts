import type { CallRef, IdempotencyStore } from "../core/store/idempotency-store.ts";
import { toIndexed } from "./inbox-id.ts";
import type { StoreContext } from "./store-context.ts";

/** Remembers calls in `concord_idempotency`. */
export function createIdempotencyStore<Db, Tx>(context: StoreContext<Db, Tx>): IdempotencyStore<Tx> {
  const { database, table, now, nowMs } = context;
  const call = table("concord_idempotency");
  const identify = ({ method, caller, key }: CallRef) => [method, toIndexed(caller), toIndexed(key)];
  const isCall = "method = $1 AND caller = $2 AND key = $3";
  return {
    find: async (ref) => {
      const [row] = await database.query<{ request_hash: string; answer: Uint8Array | null }>(
        database.db,
        `SELECT request_hash, answer FROM ${call} WHERE ${isCall} AND step = 0 AND expires_at_ms > ${now("$4")}`,
        [...identify(ref), nowMs()],
      );
      return row && { requestHash: row.request_hash, answer: row.answer ?? undefined };
    },
    claim: async (tx, ref, step, { requestHash, retentionMs }) => {
      const fresh = await database.query(
        tx,
        `INSERT INTO ${call} AS c (method, caller, key, step, request_hash, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, ${now("$6")} + $7)
         ON CONFLICT (method, caller, key, step) DO UPDATE SET request_hash = excluded.request_hash,
           result = NULL, answer = NULL, expires_at_ms = excluded.expires_at_ms
         WHERE c.expires_at_ms <= ${now("$6")} RETURNING step`,
        [...identify(ref), step, requestHash, nowMs(), retentionMs],
      );
      if (fresh.length > 0) return undefined;
      const [row] = await database.query<{ request_hash: string; result: Uint8Array | null }>(
        tx,
        `SELECT request_hash, result FROM ${call} WHERE ${isCall} AND step = $4`,
        [...identify(ref), step],
      );
      return { requestHash: row!.request_hash, result: row!.result ?? undefined };
    },
    record: async (tx, ref, step, result) => {
      await database.query(tx, `UPDATE ${call} SET result = $5 WHERE ${isCall} AND step = $4`, [
        ...identify(ref),
        step,
        result,
      ]);
    },
    settle: async (ref, { requestHash, retentionMs }, answer) => {
      const [row] = await database.query<{ answer: Uint8Array }>(
        database.db,
        `INSERT INTO ${call} AS c (method, caller, key, step, request_hash, expires_at_ms, answer)
         VALUES ($1, $2, $3, 0, $4, ${now("$5")} + $6, $7)
         ON CONFLICT (method, caller, key, step) DO UPDATE SET answer = coalesce(c.answer, excluded.answer)
         RETURNING answer`,
        [...identify(ref), requestHash, nowMs(), retentionMs, answer],
      );
      return row!.answer;
    },
    prune: async () => {
      const rows = await database.query(
        database.db,
        `DELETE FROM ${call} WHERE expires_at_ms <= ${now("$1")} RETURNING step`,
        [nowMs()],
      );
      return rows.length;
    },
  };
}
