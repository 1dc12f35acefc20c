import { expect, it } from "vitest";
import type { Database, Sql } from "../core/database.ts";
import { sampleEntry } from "../testing/compliance/stores/samples.ts";
import { openSqlite } from "./open-sqlite.ts";
import { createSqliteMigrator, createSqliteStores } from "./stores.ts";

it("reads, holds and releases rows of a long outbox without looking at all of it", async () => {
  const database = openSqlite({ path: ":memory:", durable: false });
  await createSqliteMigrator(database).migrate();
  const plans: string[] = [];
  const { outbox } = createSqliteStores(planning(database, plans));
  const [id] = await database.transaction((tx) => outbox.insert(tx, [sampleEntry("k"), sampleEntry("k")]));
  await outbox.quarantine(id!, "no");
  await outbox.read(3, 10);
  await outbox.read(3, 10, ["other"]);
  await outbox.pendingPartitions();
  await outbox.release(id!);
  await database.close();

  expect(plans.length).toBeGreaterThan(8);
  expect(plans.filter(looksAtAll)).toEqual([]);
});

/** Notes how SQLite would go about each statement before it runs. */
function planning(database: Database<Sql, Sql>, plans: string[]): Database<Sql, Sql> {
  return {
    ...database,
    query: async <Row>(handle: Sql, text: string, values?: readonly unknown[]) => {
      const steps = await handle.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, values);
      plans.push(...steps.map(({ detail }) => detail));
      return database.query<Row>(handle, text, values);
    },
  };
}

/** A step without a key, over the table itself or over a range of its rows. */
function looksAtAll(step: string): boolean {
  return /^SCAN (concord_outbox|o|q)$/.test(step) || /USING INTEGER PRIMARY KEY \(rowid[<>]/.test(step);
}
