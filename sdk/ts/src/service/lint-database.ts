import type { Database } from "../core/database.ts";
import type { ConfigFinding } from "./lint-config.ts";

/** What a database and its client are set to. */
export interface DatabaseSettings {
  /** Connections that the client opens at most, where it tells. */
  readonly maxConnections: number | undefined;
  /** Settings of the server by their names, as this service's connections have them. */
  readonly server: Readonly<Record<string, string>>;
}

/** What {@link lintDatabase} judges settings by. */
export interface DatabaseJudgement {
  readonly settings: DatabaseSettings;
  /** Handlers that run at once. */
  readonly concurrency: number;
  /** The longest time that a handler may take, in milliseconds. */
  readonly longestHandlerMs: number;
}

/** Connections beyond one for each handler: reads, RPC, relay and leases. */
export const spareConnections = 6;

/** Server settings that end a transaction in the middle, in milliseconds; 0 is never. */
const limits = ["statement_timeout", "transaction_timeout"] as const;

const names = ["fsync", "synchronous_commit", ...limits];

/** Asks a database for what {@link lintDatabase} judges. */
export async function readDatabaseSettings(database: Database<unknown, unknown>): Promise<DatabaseSettings> {
  const { maxConnections } = database;
  if (database.dialect !== "postgres") return { maxConnections, server: {} };
  const rows = await database.query<{ name: string; setting: string }>(
    database.db,
    `SELECT name, setting FROM pg_settings WHERE name IN (${names.map((name) => `'${name}'`).join(", ")})`,
  );
  return { maxConnections, server: Object.fromEntries(rows.map(({ name, setting }) => [name, setting])) };
}

/** Finds what of a database's settings does not go with how the service works. */
export function lintDatabase({ settings, concurrency, longestHandlerMs }: DatabaseJudgement): readonly ConfigFinding[] {
  const { maxConnections, server } = settings;
  const findings: ConfigFinding[] = [];
  if (maxConnections !== undefined && maxConnections < 2) {
    const message = "with one connection leases are not renewed while a handler runs; let the client open more";
    findings.push({ verdict: "refuse", variable: "database client", message });
  } else if (maxConnections !== undefined && maxConnections < concurrency + spareConnections) {
    const message = `${concurrency} handlers, the relay, leases and reads share ${maxConnections} connections and wait for each other; let the client open ${concurrency + spareConnections}`;
    findings.push({ verdict: "warn", variable: "CONCORD_CONCURRENCY", message });
  }
  for (const name of limits) {
    const limitMs = Number(server[name] ?? 0);
    if (limitMs === 0 || limitMs > longestHandlerMs) continue;
    const message = `the server ends after ${limitMs} ms what a handler may take ${longestHandlerMs} ms for; give it 0 for this service's role`;
    findings.push({ verdict: "warn", variable: name, message });
  }
  for (const name of ["fsync", "synchronous_commit"]) {
    if (server[name] !== "off") continue;
    const message = "a crash of the server may take back a commit whose events are out already; set it to on";
    findings.push({ verdict: "warn", variable: name, message });
  }
  return findings;
}
