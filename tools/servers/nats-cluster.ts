import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "./free-ports.ts";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "./nats-server.ts";

/** Several nats-servers of one JetStream cluster on 127.0.0.1. */
export interface NatsCluster extends AsyncDisposable {
  readonly servers: readonly NatsServer[];
  /** Where all of them listen, for a client that goes on with another when one dies. */
  readonly urls: readonly string[];
  /** Resolves when a majority serves JetStream under an agreed leader. */
  ready(): Promise<void>;
  /** Ends all and removes their streams. */
  stop(): Promise<void>;
}

/**
 * Starts a JetStream cluster and returns when every server is healthy.
 * @throws {Error} when a server does not start, or they find no leader within 30 s.
 */
export async function startNatsCluster(
  size = 3,
  options: Omit<NatsServerOptions, "cluster"> = {},
): Promise<NatsCluster> {
  const ports = await freePorts(size);
  const starting = ports.map((port, index) =>
    startNatsServer({ ...options, cluster: { serverName: `n${index + 1}`, port, ports } }),
  );
  const started = await Promise.allSettled(starting);
  const servers = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const failed = started.find((result) => result.status === "rejected");
  try {
    if (failed) throw failed.reason;
    await untilHealthy(servers, size);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    urls: servers.map((server) => server.url),
    ready: () => untilHealthy(servers, Math.floor(size / 2) + 1),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function untilHealthy(servers: readonly NatsServer[], wanted: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const states = await Promise.all(servers.map((server) => healthy(server)));
    if (states.filter(Boolean).length >= wanted) return;
    if (performance.now() > deadline)
      throw new Error(`the cluster is not healthy after 30 s:\n${await servers[0]?.log()}`);
    await delay(50);
  }
}

async function healthy(server: NatsServer): Promise<boolean> {
  return fetch(`${server.monitorUrl}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}
