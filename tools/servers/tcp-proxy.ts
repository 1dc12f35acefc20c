import { createServer, connect as dial, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Where a proxy forwards to. */
export interface TcpProxyOptions {
  /** The server's port on 127.0.0.1. */
  readonly port: number;
}

/** A proxy on 127.0.0.1 between a client and a server, which does to the connection what networks do. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** A server's URL with the proxy's port in place of the server's. */
  through(url: string): string;
  /** How many client connections are open. */
  connections(): number;
  /** Breaks every open connection with a reset. New ones are accepted. */
  cut(): void;
  /** Breaks every open connection and refuses new ones until `heal`. */
  refuse(): void;
  /** Keeps connections open and forwards nothing, in either direction, until `heal`; the bytes are kept. */
  blackhole(): void;
  /** Forwards every chunk of bytes this many milliseconds late, in order. */
  delay(delayMs: number): void;
  /** Ends `refuse`, `blackhole` and `delay`. */
  heal(): void;
  /** Breaks every connection and stops listening. */
  stop(): Promise<void>;
}

/** Starts a proxy that forwards everything until told otherwise. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const line = createLine();
  let refusing = false;

  const server = createServer((client) => {
    if (refusing) return void client.resetAndDestroy();
    const upstream = dial({ port: options.port, host: "127.0.0.1" });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on("error", end).on("close", end);
      void forward(from, to, line).catch(end);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };

  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  };
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    line.heal();
    cut();
    await closed;
  };
  return {
    port,
    through: (url) => url.replace(/:\d+(?=\/|$)/, `:${port}`),
    connections: () => pairs.size,
    cut,
    refuse() {
      refusing = true;
      cut();
    },
    blackhole: line.block,
    delay: line.delay,
    heal() {
      refusing = false;
      line.heal();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The state of the line that every connection of a proxy shares. */
interface Line {
  /** Resolves when a chunk that arrives now may pass. */
  pass(): Promise<void>;
  block(): void;
  delay(delayMs: number): void;
  heal(): void;
}

function createLine(): Line {
  let delayMs = 0;
  let open: PromiseWithResolvers<void> | undefined;
  return {
    async pass() {
      if (delayMs > 0) await delay(delayMs);
      while (open) await open.promise;
    },
    block() {
      open ??= Promise.withResolvers();
    },
    delay(newDelayMs) {
      delayMs = newDelayMs;
    },
    heal() {
      delayMs = 0;
      open?.resolve();
      open = undefined;
    },
  };
}

/** How much one direction of a connection holds back before it stops reading, as a network's buffers do. */
const maxHeldBytes = 4 * 1024 * 1024;

async function forward(from: Socket, to: Socket, line: Line): Promise<void> {
  let heldBytes = 0;
  let written = Promise.resolve();
  for await (const chunk of from as AsyncIterable<Buffer>) {
    // The wait starts now and runs beside those of earlier chunks: a delay costs latency, not throughput.
    const due = line.pass();
    heldBytes += chunk.length;
    written = written.then(async () => {
      await due;
      if (!to.write(chunk)) await new Promise((resolve) => to.once("drain", resolve).once("close", resolve));
      heldBytes -= chunk.length;
    });
    if (heldBytes > maxHeldBytes) await written;
  }
  await written;
  to.end();
}
