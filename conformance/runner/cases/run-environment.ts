import type { NatsVersion } from "../../../tools/servers/nats-binary.ts";
import { type PostgresServer, startPostgres } from "../../../tools/servers/postgres.ts";
import { type NatsBroker, startBroker } from "../broker/nats-broker.ts";
import type { VectorFiles } from "../context/vector-files.ts";
import type { ProcessGuard } from "../testee/process-guard.ts";
import type { TesteePool } from "./testee-pool.ts";

/** What all cases of a run share. */
export interface RunEnvironment {
  readonly seed: bigint;
  /** Times that deadlines are multiplied. */
  readonly patience: number;
  readonly guard: ProcessGuard;
  /** The testee's processes; those of another profile by its name. */
  pool(profile: string): TesteePool;
  readonly servers: SharedServers;
  readonly vectors: VectorFiles;
}

/** Servers that start when the first case needs them. */
export interface SharedServers {
  /** The broker of a label, started again when it has died. */
  broker(label: string): Promise<NatsBroker>;
  version(label: string): NatsVersion;
  postgres(): Promise<PostgresServer>;
  /** Names and versions of those that were started. */
  readonly started: readonly string[];
  close(): Promise<void>;
}

/** Settings under which PostgreSQL is fast: a testee's death loses nothing, and the server itself is never killed. */
const postgresSettings = { fsync: "off", full_page_writes: "off", max_connections: "300", shared_buffers: "64MB" };

/** Makes the servers of a run; none is started yet. */
export function createSharedServers(): SharedServers {
  const brokers = new Map<string, Promise<NatsBroker>>();
  const started = new Set<string>();
  let postgres: Promise<PostgresServer> | undefined;
  const version = (label: string): NatsVersion => (label === "newest" ? "newest" : "oldest");
  const startOne = async (label: string) => {
    const broker = await startBroker({ version: version(label) });
    started.add(`nats-server ${broker.server.version}`);
    return broker;
  };
  const alive = ({ server }: NatsBroker) => isRunning(server.pid);
  return {
    version,
    get started() {
      return [...started].sort();
    },
    async broker(label) {
      const found = brokers.get(label);
      if (found && alive(await found)) return found;
      const starting = startOne(label);
      brokers.set(label, starting);
      await found?.then((broker) => broker.close()).catch(() => {});
      return starting;
    },
    postgres() {
      postgres ??= startPostgres({ settings: postgresSettings }).then((server) => {
        started.add(`PostgreSQL ${server.version}`);
        return server;
      });
      return postgres;
    },
    async close() {
      const closing = [...brokers.values()].map((broker) => broker.then((each) => each.close()));
      await Promise.allSettled([...closing, postgres?.then((server) => server.stop())]);
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
