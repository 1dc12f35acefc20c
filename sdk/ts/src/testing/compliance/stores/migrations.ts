import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { StoreBed, StoreComplianceOptions } from "./bed.ts";

const folders: string[] = [];

/** A folder of migrations. */
function createFolder(files: Readonly<Record<string, string>>): URL {
  const path = mkdtempSync(join(tmpdir(), "concord-migrations-"));
  folders.push(path);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(path, name), sql);
  return pathToFileURL(`${path}/`);
}

/** Concord's own files. */
const own = ["0001_stores.sql", "0002_idempotency.sql"];

const first = { "0001_orders.sql": "CREATE TABLE orders (id text PRIMARY KEY); -- theirs; not ours" };
const second = {
  ...first,
  "0002_lines.sql": "CREATE TABLE lines (id text PRIMARY KEY);\nINSERT INTO orders VALUES ('a;b');\n",
  "README.md": "not SQL",
};
const broken = { ...second, "0003_broken.sql": "INSERT INTO orders VALUES ('c'); INSERT INTO nowhere VALUES (1);" };

/** How tables come to be. */
export function migrations<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  const orders = async ({ database }: StoreBed<Db, Tx>) =>
    (await database.query<{ id: string }>(database.db, "SELECT id FROM orders ORDER BY id")).map((row) => row.id);
  const refusal = { code: "migration" };

  afterEach(() => {
    for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
  });

  describe("migrations", () => {
    it("make Concord's tables, then the service's, each once", async () => {
      await using bed = await options.open();
      const { migrate } = bed.createMigrator();
      expect(await migrate()).toEqual(own);
      expect(await migrate({ folder: createFolder(first) })).toEqual(["0001_orders.sql"]);
      expect(await migrate({ folder: createFolder(second) })).toEqual(["0002_lines.sql"]);
      expect(await migrate({ folder: createFolder(second) })).toEqual([]);
      expect(await migrate()).toEqual([]);
      expect(await orders(bed)).toEqual(["a;b"]);
      await bed.createStores().outbox.status();
    });

    it("are run once by replicas that start together", async () => {
      await using bed = await options.open();
      const folder = createFolder(second);
      const ran = await Promise.all([1, 2, 3].map(() => bed.createMigrator().migrate({ folder })));
      expect(ran.flat().sort()).toEqual([...own, "0001_orders.sql", "0002_lines.sql"].sort());
    });

    it("that fail change nothing, and say which and why", async () => {
      await using bed = await options.open();
      const failing = bed.createMigrator().migrate({ folder: createFolder(broken) });
      await expect(failing).rejects.toThrow(/migration 0003_broken\.sql failed and changed nothing: .*nowhere/);
      await expect(failing).rejects.toMatchObject(refusal);
      expect(await orders(bed)).toEqual(["a;b"]);
      expect(await bed.createMigrator().migrate({ folder: createFolder(second) })).toEqual([]);
    });

    it("that were changed after they ran are refused", async () => {
      await using bed = await options.open();
      await bed.createMigrator().migrate({ folder: createFolder(first) });
      const changed = createFolder({
        "0001_orders.sql": "CREATE TABLE orders (id integer)",
        "0002_more.sql": "SELECT 1",
      });
      await expect(bed.createMigrator().migrate({ folder: changed })).rejects.toThrow(/0001_orders\.sql .* changed/);
    });

    it("that are unknown here, because the database is newer or another's, are refused", async () => {
      await using bed = await options.open();
      const { migrate } = bed.createMigrator();
      await migrate({ folder: createFolder(second) });
      await expect(migrate({ folder: createFolder(first) })).rejects.toThrow(/0002_lines\.sql .* newer/);
      await bed.database.query(
        bed.database.db,
        "INSERT INTO concord_migration (origin, name, checksum, applied_at_ms) VALUES ('concord', '0099_x.sql', 'c', 0)",
      );
      await expect(migrate()).rejects.toMatchObject(refusal);
    });

    it("that come before one that ran are refused", async () => {
      await using bed = await options.open();
      const { "0001_orders.sql": sql } = first;
      const { migrate } = bed.createMigrator();
      await migrate({ folder: createFolder({ "0005_orders.sql": sql }) });
      const late = createFolder({ "0005_orders.sql": sql, "0004_late.sql": "SELECT 1" });
      await expect(migrate({ folder: late })).rejects.toThrow(/0004_late\.sql .* higher number/);
    });

    it("with a name that has no number, or a number twice, are refused", async () => {
      await using bed = await options.open();
      const { migrate } = bed.createMigrator();
      await expect(migrate({ folder: createFolder({ "orders.sql": "" }) })).rejects.toThrow(/NNNN_name\.sql/);
      const twice = createFolder({ "0001_a.sql": "", "0001_b.sql": "" });
      await expect(migrate({ folder: twice })).rejects.toThrow(/0001_a\.sql and 0001_b\.sql have one number/);
      await expect(migrate({ folder: new URL("file:///nowhere/") })).rejects.toMatchObject(refusal);
    });

    it("leave foreign tables of their names alone", async () => {
      await using bed = await options.open();
      const { database } = bed;
      await database.query(database.db, "CREATE TABLE concord_outbox (theirs text)");
      await expect(bed.createMigrator().migrate()).rejects.toMatchObject(refusal);
      expect(await database.query(database.db, "SELECT theirs FROM concord_outbox")).toEqual([]);
      await expect(database.query(database.db, "SELECT 1 FROM concord_cursor")).rejects.toThrow();
    });

    it("do not begin when the signal was aborted", async () => {
      await using bed = await options.open();
      const signal = AbortSignal.abort(new Error("not now"));
      await expect(bed.createMigrator().migrate({ signal })).rejects.toThrow("not now");
      await expect(bed.database.query(bed.database.db, "SELECT 1 FROM concord_outbox")).rejects.toThrow();
    });
  });
}
