import type { Sql, Stores } from "@concord/sdk";
import type { Storage } from "../../session/storage.ts";
import type { Plant } from "../plant.ts";

/** Remembers no event, and so handles each as often as it is stored (trap T7). */
export const noInbox: Plant = {
  storage: withInbox(() => ({
    claim: async () => ({ kind: "claimed", keyParked: false }),
  })),
};

/** Looks at ids of events alone, never at the operation that they name. */
export const ignoresOperation: Plant = {
  storage: withInbox(() => ({ claimOperation: async () => true })),
};

const dayMs = 86_400_000;

/** Drops days by their age alone, whether or not somebody has still to read them (trap T8). */
export const dropsEarly: Plant = {
  storage: withInbox(({ database }) => ({
    async prune(beforeMs) {
      const day = Number(new Date(beforeMs - (beforeMs % dayMs)).toISOString().slice(0, 10).replaceAll("-", ""));
      await database.query(database.db, "INSERT INTO concord_inbox_floor (id, first_day) VALUES (1, $1)", [day]);
      const rows = await database.query(database.db, "DELETE FROM concord_inbox WHERE day < $1 RETURNING 1", [day]);
      return rows.length;
    },
  })),
};

type InboxStore = Stores<Sql>["inbox"];

/** Changes what an inbox does; the rest stays. */
function withInbox(changed: (storage: Storage) => Partial<InboxStore>): (storage: Storage) => Storage {
  return (storage) => {
    const inbox = { ...storage.stores.inbox, ...changed(storage) };
    return { ...storage, stores: { ...storage.stores, inbox } as Stores<Sql> };
  };
}
