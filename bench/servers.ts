import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { connectNats } from "../sdk/ts/src/nats/index.ts";
import { startNatsServer } from "../tools/servers/nats-server.ts";
import { startPostgres } from "../tools/servers/postgres.ts";

/** A broker and a database server, as their makers set them up: every commit is on the disk. */
export interface Servers extends AsyncDisposable {
  readonly natsUrl: string;
  /** Of an empty database. */
  readonly databaseUrl: string;
  /** For what the bench itself does at the broker. */
  readonly transport: Transport;
  /** Makes an empty database and gives its URL. */
  createDatabase(name: string): Promise<string>;
}

/** Starts both servers. */
export async function startServers(): Promise<Servers> {
  await using starting = new AsyncDisposableStack();
  const nats = await startNatsServer();
  starting.defer(() => nats.stop());
  const postgres = await startPostgres();
  starting.defer(() => postgres.stop());
  const databaseUrl = await postgres.createDatabase("bench");
  const transport = await connectNats({ servers: nats.url });
  starting.defer(() => transport.close());
  const started = starting.move();
  return {
    natsUrl: nats.url,
    databaseUrl,
    transport,
    createDatabase: (name) => postgres.createDatabase(name),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
