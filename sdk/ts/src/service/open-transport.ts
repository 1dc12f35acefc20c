import type { Log } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import type { Transport } from "../core/transport.ts";
import type { ServiceConfig } from "./config.ts";

/**
 * Connects to the broker that the configuration names, trying as long as the signal allows where waiting can help.
 * @throws {ConcordError} `unauthenticated`, `config`, `locked` and whatever else no repetition mends.
 */
export async function openTransport(
  service: string,
  config: ServiceConfig,
  { log, signal, probe }: { log: Log; signal: AbortSignal; probe: Probe | undefined },
): Promise<Transport> {
  const { transport, natsCredentials } = config;
  if (transport.startsWith("embedded:")) {
    const { openEmbedded } = await import("../embedded/index.ts");
    return openEmbedded({ path: transport.slice("embedded:".length), log });
  }
  const { connectNats } = await import("../nats/index.ts");
  return connectNats({
    servers: transport,
    name: service,
    // Its own, so that a user of NATS may be allowed the replies to this service and no others.
    inboxPrefix: `_INBOX.${service}`,
    log,
    signal,
    probe,
    connectTimeoutMs: Number.POSITIVE_INFINITY,
    ...(natsCredentials ? { credentials: { credsFile: natsCredentials } } : {}),
  });
}
