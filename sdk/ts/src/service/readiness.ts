import type { Consumer, PartitionStatus } from "../consume/consumer.ts";
import type { Database } from "../core/database.ts";
import type { Relay, RelayStatus } from "../outbox/relay.ts";
import type { DependencyHealth, HealthReport } from "../rpc/index.ts";
import type { Engine } from "./engine.ts";
import type { Storage } from "./storage.ts";

/** What a service's readiness depends on. */
export interface ReadinessOptions {
  readonly storage: Storage | undefined;
  /** Undefined before the service has begun to connect. */
  readonly engine: Engine | undefined;
  /** Undefined before there is a broker, and without a database. */
  readonly relay: Pick<Relay, "status"> | undefined;
  readonly draining: boolean;
}

const pingTimeoutMs = 2_000;

/** Asks every dependency and tells the truth about each. */
export async function checkReadiness({ storage, engine, relay, draining }: ReadinessOptions): Promise<HealthReport> {
  const checks: Record<string, DependencyHealth> = {
    ...(storage ? { database: await ping(storage.database) } : {}),
    broker: engine?.health() ?? { healthy: false, detail: "not connected yet" },
    ...(engine?.consumer ? { consumer: await checkConsumer(engine.consumer) } : {}),
    ...(relay ? { relay: checkRelay(relay.status()) } : {}),
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

/** A broker that takes calls and no messages, such as one whose disk is full, is no healthy one. */
function checkRelay({ pausedMs, troubledStreams }: RelayStatus): DependencyHealth {
  const full = `${troubledStreams.join(", ")} take no messages`;
  if (troubledStreams.length > 0) return { healthy: false, detail: `${full}; the outbox keeps them` };
  if (pausedMs > 0) return { healthy: false, detail: "the broker takes no messages; the outbox keeps them" };
  return { healthy: true, detail: "the broker takes messages" };
}

/**
 * A consumer that reads is healthy however far it is behind: not to send it calls would not help it. What it is behind, and
 * what it does not read because too many of its events wait, is told all the same.
 */
async function checkConsumer(consumer: Consumer): Promise<DependencyHealth> {
  try {
    const { started, lag, parked, streams } = await within(consumer.status(), pingTimeoutMs);
    const paused = streams.filter((stream) => stream.paused.length > 0).map(describePause);
    const detail = [`${lag} messages behind at most`, `${parked} events wait in the database`, ...paused].join("; ");
    return { healthy: started, detail: started ? detail : "not consuming" };
  } catch {
    return { healthy: false, detail: "its state is not known, because database or broker do not answer" };
  }
}

function describePause({ stream, paused }: PartitionStatus): string {
  return `${stream} is not read in ${paused.length} partitions, because too many of their events wait`;
}

async function within<Result>(asked: Promise<Result>, timeoutMs: number): Promise<Result> {
  const late = AbortSignal.timeout(timeoutMs);
  const giveUp = Promise.withResolvers<never>();
  late.addEventListener("abort", () => giveUp.reject(late.reason), { once: true });
  return Promise.race([asked, giveUp.promise]);
}
