import { randomUUID } from "node:crypto";
import type { IdentityStore } from "../core/store/identity-store.ts";
import type { StoreContext } from "./store-context.ts";

/** Keeps the database's id in the one row of `concord_identity`. */
export function createIdentityStore<Db, Tx>({ database, table }: StoreContext<Db, Tx>): IdentityStore {
  const identity = table("concord_identity");
  return {
    read: async () => {
      const draw = `INSERT INTO ${identity} (only_row, id) VALUES (1, $1) ON CONFLICT (only_row) DO NOTHING`;
      const select = `SELECT id FROM ${identity}`;
      const [known] = await database.query<{ id: string }>(database.db, select);
      if (known) return known.id;
      await database.query(database.db, draw, [randomUUID()]);
      const [drawn] = await database.query<{ id: string }>(database.db, select);
      return drawn!.id;
    },
  };
}
