import pg from "pg";
import { describe, expect, it } from "vitest";
import { startPostgres } from "./postgres.ts";
import { findPostgres } from "./postgres-binary.ts";

async function rows(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const found = await findPostgres();

describe.skipIf(!found.available)("a PostgreSQL server", () => {
  it("answers as soon as it is returned, with fsync on", async () => {
    await using server = await startPostgres();
    expect(await rows(server.url, "SHOW fsync")).toEqual([{ fsync: "on" }]);
  });

  it("creates databases of any name", async () => {
    await using server = await startPostgres();
    const url = await server.createDatabase('a "b" c');
    expect(await rows(url, "SELECT current_database() AS name")).toEqual([{ name: 'a "b" c' }]);
  });

  it("takes settings", async () => {
    await using server = await startPostgres({ settings: { max_connections: "7" } });
    expect(await rows(server.url, "SHOW max_connections")).toEqual([{ max_connections: "7" }]);
  });

  it("keeps what was committed over kill -9 and restart", async () => {
    await using server = await startPostgres();
    await rows(server.url, "CREATE TABLE t AS SELECT 1 AS n");
    await server.kill("SIGKILL");
    await server.restart();
    expect(await rows(server.url, "SELECT n FROM t")).toEqual([{ n: 1 }]);
  });
});
