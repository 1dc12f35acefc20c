import { expect, it } from "vitest";
import { startPostgres } from "../../../../tools/servers/postgres.ts";
import type { Database, Sql } from "../core/database.ts";
import { begin, without } from "../testing/compliance/stores/bed.ts";
import { sampleEntry } from "../testing/compliance/stores/samples.ts";
import { openPostgres } from "./open-postgres.ts";
import { createPostgresMigrator, createPostgresStores } from "./stores.ts";

/** A database that lets something happen after its first statement. */
function afterFirst(database: Database<Sql, Sql>, happen: () => Promise<void>): Database<Sql, Sql> {
  let statements = 0;
  return {
    ...database,
    query: async (handle, text, values) => {
      const rows = await database.query(handle, text, values);
      if (++statements === 1) await happen();
      return rows as never;
    },
  };
}

it("never passes a row that commits while it looks behind a long held tail (T1)", async () => {
  await using server = await startPostgres({ settings: { fsync: "off" } });
  const database = openPostgres(await server.createDatabase("outbox"));
  await createPostgresMigrator(database).migrate();
  const { outbox } = createPostgresStores(database);
  const inPartition = (key: string) => ({ ...sampleEntry(key), partition: 0 });
  const insert = (...keys: string[]) => database.transaction((tx) => outbox.insert(tx, keys.map(inPartition)));

  const [poison] = await insert("poison");
  await outbox.quarantine(poison!, "too_large");
  const slow = await begin(database);
  const [first] = await outbox.insert(slow.tx, [inPartition("k")]);
  for (let part = 0; part < 3; part++) await insert(...Array.from({ length: 500 }, () => "poison"));

  let second: bigint | undefined;
  const happen = async () => {
    await slow.commit();
    [second] = await insert("k");
  };
  const { outbox: watched } = createPostgresStores(afterFirst(database, happen));
  const seen: bigint[] = [];
  while (seen.length < 2) {
    const ids = (await watched.read(0, 10)).map(({ id }) => id);
    await watched.delete(ids);
    seen.push(...ids);
  }
  expect(seen).toEqual([first, second]);
  await database.close();
});

it("never passes a row that another relay holds, as it would with the fault skip-locked-across-relays (T3)", async () => {
  await using server = await startPostgres({ settings: { fsync: "off" } });
  const database = openPostgres(await server.createDatabase("outbox"));
  await createPostgresMigrator(database).migrate();
  const { outbox } = createPostgresStores(database);
  const faulty = createPostgresStores(database, { probe: without("skip-locked-across-relays") }).outbox;
  const entries = ["k", "k"].map((key) => ({ ...sampleEntry(key), partition: 0 }));
  const [first, second] = await database.transaction((tx) => outbox.insert(tx, entries));

  const other = await begin(database);
  await other.tx.query("SELECT 1 FROM concord_outbox WHERE id = $1 FOR UPDATE", [first]);
  expect((await outbox.read(0, 10)).map(({ id }) => id)).toEqual([first, second]);
  expect((await faulty.read(0, 10)).map(({ id }) => id)).toEqual([second]);
  await other.rollBack();
  await database.close();
});
