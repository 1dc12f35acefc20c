import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A proxy on 127.0.0.1 before a server, which does to connections what networks do. */
export interface NetworkProxy {
  readonly port: number;
  /** Breaks every open connection; new ones are accepted. */
  cut(): void;
  /** Breaks every open connection and refuses new ones. */
  refuse(): void;
  /** Swallows bytes, kept until `heal`: of both directions, or only of what comes from the server. */
  swallow(which: "both" | "from_server"): void;
  /** Forwards everything so many milliseconds late. */
  delay(ms: number): void;
  /** Ends all of it. What was swallowed arrives. */
  heal(): void;
  close(): Promise<void>;
}

/** Hears the bytes that pass, for the wire log. */
export type Tap = (direction: "to_server" | "from_server", bytes: Uint8Array) => void;

interface Weather {
  refusing: boolean;
  swallowing: "none" | "both" | "from_server";
  delayMs: number;
  cleared: PromiseWithResolvers<void>;
}

/** Starts a proxy that forwards everything until told otherwise. */
export async function startNetworkProxy(targetPort: number, tap: Tap): Promise<NetworkProxy> {
  const weather: Weather = { refusing: false, swallowing: "none", delayMs: 0, cleared: Promise.withResolvers() };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    if (weather.refusing) return void client.resetAndDestroy();
    const upstream = dial({ port: targetPort, host: "127.0.0.1" });
    join(client, upstream, weather, tap);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
    }
  });
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: await listen(server),
    cut,
    refuse() {
      weather.refusing = true;
      cut();
    },
    swallow(which) {
      weather.swallowing = which;
    },
    delay(ms) {
      weather.delayMs = ms;
    },
    heal() {
      weather.refusing = false;
      weather.swallowing = "none";
      weather.delayMs = 0;
      weather.cleared.resolve();
      weather.cleared = Promise.withResolvers();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      weather.cleared.resolve();
      cut();
      await closed;
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

function join(client: Socket, upstream: Socket, weather: Weather, tap: Tap): void {
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
  forward(
    client,
    upstream,
    () => weather.swallowing === "both",
    weather,
    (bytes) => tap("to_server", bytes),
  );
  forward(
    upstream,
    client,
    () => weather.swallowing !== "none",
    weather,
    (bytes) => tap("from_server", bytes),
  );
}

function forward(
  from: Socket,
  to: Socket,
  swallows: () => boolean,
  weather: Weather,
  hear: (bytes: Uint8Array) => void,
) {
  let written = Promise.resolve();
  from.on("data", (bytes) => {
    hear(bytes);
    const due = weather.delayMs > 0 ? delay(weather.delayMs) : undefined;
    written = written.then(async () => {
      await due;
      while (swallows()) await weather.cleared.promise;
      if (!to.destroyed) to.write(bytes);
    });
  });
}
