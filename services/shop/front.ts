import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { UsageError } from "./options.ts";

/** Where each proto service is served, by its full name. */
export type Backends = Readonly<Record<string, string>>;

/** The one address of the whole shop. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** What the front knows about the services behind it. */
export interface FrontOptions {
  /** Base address by proto service, such as `shop.orders.v1.OrderService`. */
  readonly rpc: Backends;
  /** Base address by service name, such as `orders`, for `/<service>/health`. */
  readonly services: Backends;
  readonly port: number;
}

/** Serves all services of the shop on one port: calls go to the service that answers them, `/health` asks them all. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const server = createServer((request, response) => route(request, response, options));
  const port = await listen(server, options.port);
  return {
    port,
    url: `http://localhost:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 1_000).unref();
      }),
  };
}

function route(request: IncomingMessage, response: ServerResponse, { rpc, services }: FrontOptions): void {
  const [, first = "", ...rest] = (request.url ?? "/").split("/");
  if (first === "health")
    return void answerHealth(response, services, rest[0] === "ready" ? "/health/ready" : "/health");
  const backend = rpc[first];
  const service = rest[0] === "health" ? services[first] : undefined;
  if (backend) proxy(request, response, `${backend}${request.url}`);
  else if (service) proxy(request, response, `${service}/${rest.join("/")}`);
  else answer(response, 404, { code: "not_found", message: `the shop has no ${request.url}` });
}

function proxy(request: IncomingMessage, response: ServerResponse, target: string): void {
  const { host: _, connection: __, ...headers } = request.headers;
  const outgoing = forward(target, { method: request.method ?? "GET", headers }, (incoming) => {
    response.writeHead(incoming.statusCode ?? 502, incoming.headers);
    incoming.pipe(response);
  });
  outgoing.on("error", () => {
    if (response.headersSent) return void response.destroy();
    answer(response, 503, {
      code: "unavailable",
      message: "the service behind this address does not answer; try again",
    });
  });
  response.on("close", () => outgoing.destroy());
  request.pipe(outgoing);
}

async function answerHealth(response: ServerResponse, services: Backends, path: string): Promise<void> {
  const checks = await Promise.all(
    Object.entries(services).map(async ([name, url]) => [name, await ask(`${url}${path}`)] as const),
  );
  const healthy = checks.every(([, check]) => check.ok);
  const report = Object.fromEntries(checks.map(([name, { body }]) => [name, body]));
  answer(response, healthy ? 200 : 503, { status: healthy ? "ok" : "unhealthy", services: report });
}

async function ask(url: string): Promise<{ ok: boolean; body: unknown }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return { ok: response.ok, body: await response.json() };
  } catch {
    return { ok: false, body: { status: "unreachable" } };
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      reject(
        new UsageError(
          inUse ? `port ${port} is in use; end the other program or give --port` : `port ${port}: ${error.code}`,
        ),
      );
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}
