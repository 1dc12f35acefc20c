import { expect, it } from "vitest";
import type { Database, Sql, TransactionOptions } from "../core/database.ts";
import { createSqliteMigrator, createSqliteStores, openSqlite } from "../sqlite/index.ts";

it("lets the database end a heartbeat that its frozen process holds the whole scope with (T31)", async () => {
  const database = openSqlite({ path: ":memory:", durable: false });
  await createSqliteMigrator(database).migrate();
  const seen: (TransactionOptions | undefined)[] = [];
  const watched: Database<Sql, Sql> = {
    ...database,
    transaction: (run, options) => {
      seen.push(options);
      return database.transaction(run, options);
    },
  };
  const { lease } = createSqliteStores(watched);
  await lease.balance({ scope: "relay", partitions: 4, owner: "a", ttlMs: 700, held: [] });
  await lease.leave("relay", "a");
  expect(seen).toEqual([{ idleTimeoutMs: 700 }, { idleTimeoutMs: 10_000 }]);
  await database.close();
});
