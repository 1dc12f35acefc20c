import type { Database } from "../core/database.ts";
import type { DependencyHealth, HealthReport } from "../rpc/index.ts";
import type { Engine } from "./engine.ts";
import type { Storage } from "./storage.ts";

/** What a service's readiness depends on. */
export interface ReadinessOptions {
  readonly storage: Storage | undefined;
  /** Undefined before the service has begun to connect. */
  readonly engine: Engine | undefined;
  readonly draining: boolean;
}

const pingTimeoutMs = 2_000;

/** Asks every dependency and tells the truth about each. */
export async function checkReadiness({ storage, engine, draining }: ReadinessOptions): Promise<HealthReport> {
  const checks: Record<string, DependencyHealth> = {
    ...(storage ? { database: await ping(storage.database) } : {}),
    broker: engine?.health() ?? { healthy: false, detail: "not connected yet" },
    ...(draining ? { service: { healthy: false, detail: "draining" } } : {}),
  };
  return { ready: Object.values(checks).every(({ healthy }) => healthy), checks };
}

async function ping(database: Database<unknown, unknown>): Promise<DependencyHealth> {
  try {
    await database.ping(AbortSignal.timeout(pingTimeoutMs));
    return { healthy: true, detail: `${database.dialect} answers` };
  } catch {
    return { healthy: false, detail: `${database.dialect} does not answer` };
  }
}
