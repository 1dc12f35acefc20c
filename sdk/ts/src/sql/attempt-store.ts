import type { AttemptStore } from "../core/store/parking-store.ts";
import type { StoreContext } from "./store-context.ts";

/** Counts unfinished runs in `concord_attempt`. */
export function createAttemptStore<Db, Tx>({ database, table }: StoreContext<Db, Tx>): AttemptStore {
  const attempt = table("concord_attempt");
  return {
    begin: async ({ consumer, stream, partition }, sequence) => {
      const [row] = await database.query<{ runs: number }>(
        database.db,
        `INSERT INTO ${attempt} AS a (consumer, stream, partition, sequence, runs) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (consumer, stream, partition, sequence) DO UPDATE SET runs = a.runs + 1 RETURNING runs`,
        [consumer, stream, partition, sequence],
      );
      return row!.runs;
    },
    takeBack: async ({ consumer, stream, partition }, sequence) => {
      await database.query(
        database.db,
        `UPDATE ${attempt} SET runs = runs - 1
         WHERE consumer = $1 AND stream = $2 AND partition = $3 AND sequence = $4 AND runs > 0`,
        [consumer, stream, partition, sequence],
      );
    },
    clear: async ({ consumer, stream, partition }, upTo) => {
      await database.query(
        database.db,
        `DELETE FROM ${attempt} WHERE consumer = $1 AND stream = $2 AND partition = $3 AND sequence <= $4`,
        [consumer, stream, partition, upTo],
      );
    },
  };
}
