import { connect, type NatsConnection } from "nats";
import type { NatsVersion } from "../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../tools/servers/nats-server.ts";
import { createJetStreamApi, type JetStreamApi } from "./jetstream-api.ts";
import { createNatsStreams } from "./nats-streams.ts";
import type { StreamSource } from "./stream-source.ts";

/** A nats-server with a raw client. */
export interface NatsBroker {
  /** `newest`, or the version of the oldest, as axes name it. */
  readonly label: string;
  readonly server: NatsServer;
  readonly maxPayload: number;
  readonly api: JetStreamApi;
  readonly streams: StreamSource;
  close(): Promise<void>;
}

/** How a broker is set up. */
export interface BrokerOptions {
  readonly version: NatsVersion;
  /** In bytes. Default: the server's, 1 MiB. */
  readonly maxPayload?: number | undefined;
}

/** Starts a broker. */
export async function startBroker({ version, maxPayload }: BrokerOptions): Promise<NatsBroker> {
  const config = maxPayload ? { config: `max_payload: ${maxPayload}` } : {};
  const server = await startNatsServer({ version, ...config });
  try {
    const connection = await dial(server.url);
    const api = createJetStreamApi(connection);
    return {
      label: version === "newest" ? "newest" : server.version,
      server,
      maxPayload: connection.info?.max_payload ?? 1_048_576,
      api,
      streams: createNatsStreams(api),
      async close() {
        await connection.close().catch(() => {});
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function dial(url: string): Promise<NatsConnection> {
  return connect({ servers: url, reconnectTimeWait: 50, maxReconnectAttempts: -1, pingInterval: 5_000 });
}
