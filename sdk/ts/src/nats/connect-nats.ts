import { isConcordError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import type { RpcCarrier, RpcHost } from "../rpc/index.ts";
import type { BrokerConnection } from "./connection.ts";
import { openConnection } from "./connection.ts";
import { type NatsOptions, resolveNatsOptions } from "./options.ts";
import { NatsTransport } from "./transport.ts";

/**
 * Connects to NATS JetStream, from nats-server 2.9 on. While no server answers it tries again with growing pauses; once
 * connected it reconnects for ever. Close the transport to let the process end.
 * @throws {ConcordError} `config`, `unauthenticated`, `unsupported` (JetStream is off), `unavailable` after
 * `connectTimeoutMs`, `canceled`
 */
export async function connectNats(options: NatsOptions): Promise<Transport & RpcCarrier & RpcHost> {
  const resolved = resolveNatsOptions(options);
  const connection = await openConnection(resolved);
  try {
    await checkJetStream(connection, resolved.signal);
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
  const { client, log } = connection;
  log.info({ server: client.getServer(), version: connection.server?.version }, "connected to NATS");
  return new NatsTransport(connection);
}

/** A server without JetStream would answer everything with silence. Who may not ask is believed to have it. */
async function checkJetStream(connection: BrokerConnection, signal: AbortSignal | undefined): Promise<void> {
  try {
    await connection.call("connecting to NATS", (manager) => manager.getAccountInfo(), { signal });
  } catch (thrown) {
    if (isConcordError(thrown, "unsupported") || isConcordError(thrown, "canceled")) throw thrown;
    connection.log.debug({}, "the JetStream account could not be looked up");
  }
}
