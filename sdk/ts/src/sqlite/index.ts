export { openSqlite, type SqliteOptions } from "./open-sqlite.ts";
export { createSqliteMigrator, createSqliteStores, type SqliteStoresOptions } from "./stores.ts";
