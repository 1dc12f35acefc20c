export { type DrizzleClient, type DrizzleHandle, type DrizzleTransaction, fromDrizzle } from "./from-drizzle.ts";
export { fromKysely, type KyselyClient, type KyselyHandle, type KyselyTransaction } from "./from-kysely.ts";
export { fromPg, type PostgresClientOptions } from "./from-pg.ts";
export { guardPool } from "./guard-pool.ts";
export { openPostgres, type PostgresOptions } from "./open-postgres.ts";
export {
  createPostgresMigrator,
  createPostgresStores,
  type PostgresStoresOptions,
  type PostgresTablesOptions,
} from "./stores.ts";
