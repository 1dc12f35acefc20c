import type { Database, Sql } from "../../core/database.ts";
import type { Service } from "../../service/index.ts";
import { createService } from "../../service/index.ts";
import type { Effect } from "../history/index.ts";

/** A service as a bed takes it, whatever its client's types. */
export type TestedService = Pick<Service<never, never>, "name" | "definition" | "start">;

const table = "concord_test_effect";

/**
 * The same service, whose handlers leave a mark in their own transaction: what really happened is read from there and not
 * from what anybody believes.
 */
export function witnessed({ definition }: TestedService): TestedService {
  const { options, events, rpcs, jobs } = definition;
  const copy = createService<unknown, unknown>(options);
  for (const { schema, handler } of events) {
    copy.on(schema, async (context) => {
      await handler(context);
      await mark(context.tx as Sql, context.envelope);
    });
  }
  for (const { service, implementation } of rpcs) copy.rpc(service, implementation as never);
  for (const { everyMs, name, run } of jobs) copy.every(everyMs, name, run);
  return copy as unknown as TestedService;
}

async function mark(
  tx: Sql,
  {
    source,
    id,
    key,
    sequence,
  }: { source: string; id: string; key?: string | undefined; sequence?: bigint | undefined },
): Promise<void> {
  const columns = "n INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, id TEXT, key TEXT, sequence TEXT";
  await tx.query(`CREATE TABLE IF NOT EXISTS ${table} (${columns})`);
  const values = [source, id, key ?? null, sequence === undefined ? null : String(sequence)];
  await tx.query(`INSERT INTO ${table} (source, id, key, sequence) VALUES ($1, $2, $3, $4)`, values);
}

/** Reads the marks of a service's handlers, in their order. */
export async function readEffects(consumer: string, { db }: Database<Sql, Sql>): Promise<readonly Effect[]> {
  const known = await db.query("SELECT 1 FROM sqlite_master WHERE name = $1", [table]);
  if (known.length === 0) return [];
  const rows = await db.query<{ n: number; source: string; id: string; key: string | null; sequence: string | null }>(
    `SELECT n, source, id, key, sequence FROM ${table} ORDER BY n`,
  );
  return rows.map(({ n, source, id, key, sequence }) => ({
    consumer,
    source,
    id,
    order: n,
    ...(key !== null && { key }),
    ...(sequence !== null && { sequence: BigInt(sequence) }),
  }));
}
