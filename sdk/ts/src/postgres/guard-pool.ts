import type { Pool, PoolClient } from "pg";

/**
 * Keeps a lost connection from ending the process: pg raises it as an `error` event, and Node ends a process whose event
 * nobody hears. The statement under way fails all the same. {@link openPostgres}, {@link fromPg} and {@link fromDrizzle} do
 * it themselves; Kysely does not show its pool: `new PostgresDialect({ pool: guardPool(new Pool({ … })) })`.
 * @returns the same pool
 */
export function guardPool<GuardedPool extends Pick<Pool, "on" | "listeners">>(pool: GuardedPool): GuardedPool {
  if (pool.listeners("connect").includes(guardClient)) return pool;
  pool.on("error", ignore);
  pool.on("connect", guardClient);
  return pool;
}

function guardClient(client: PoolClient): void {
  client.on("error", ignore);
}

function ignore(): void {}
