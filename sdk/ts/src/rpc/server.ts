import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, Interceptor, ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ConcordError } from "../core/error.ts";
import { type Log, silentLog } from "../core/log.ts";
import type { Validate } from "../core/validate.ts";
import type { HealthReport } from "./health.ts";
import { createAccessLogInterceptor, createErrorInterceptor, createValidationInterceptor } from "./interceptors.ts";

/** A proto service with what answers its methods; a method left out answers `unimplemented`. */
export interface RpcRoute {
  readonly service: DescService;
  readonly implementation: Partial<ServiceImpl<DescService>>;
}

/** Puts a proto service and its implementation together, checking that they fit. */
export function rpcRoute<Desc extends DescService>(
  service: Desc,
  implementation: Partial<ServiceImpl<Desc>>,
): RpcRoute {
  return { service, implementation: implementation as RpcRoute["implementation"] };
}

/** How a server is reached and what it checks. */
export interface RpcServerOptions {
  readonly routes: readonly RpcRoute[];
  /** Name told by `/health`. */
  readonly name: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Checks requests against their contract. Default: no checks. */
  readonly validate?: Validate;
  /** Asked by `/health/ready`. Default: always ready. */
  readonly health?: () => Promise<HealthReport>;
  /** Run around every call, before all of the server's own, the first one outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Largest request message in bytes. Default 4 MiB, as gRPC's. */
  readonly maxMessageBytes?: number;
  readonly log?: Log;
}

/** A listening server. */
export interface RpcServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Takes no new connections, lets calls under way finish for `graceMs` (default 10,000), then ends them. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves proto services over HTTP/1.1 by Connect, JSON and gRPC-Web, with `/health` (alive) and `/health/ready` (able to
 * work, one check per dependency).
 * @throws {ConcordError} `config` when the port is taken or may not be used.
 */
export async function createRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const server = createServer(createListener(options));
  const port = await listen(server, options.port ?? 0, options.host ?? "127.0.0.1");
  const close = (graceMs = 10_000) => drain(server, graceMs);
  return { port, url: `http://${options.host ?? "127.0.0.1"}:${port}`, close, [Symbol.asyncDispose]: () => close() };
}

function createListener(options: RpcServerOptions) {
  const log = options.log ?? silentLog;
  const rpc = connectNodeAdapter({
    routes: (router) => register(router, options.routes),
    interceptors: [
      ...(options.interceptors ?? []),
      createAccessLogInterceptor(log),
      createErrorInterceptor(log),
      ...(options.validate ? [createValidationInterceptor(options.validate)] : []),
    ],
    readMaxBytes: options.maxMessageBytes ?? 4 * 1024 * 1024,
    fallback: (request, response) => answer(response, 404, { code: "not_found", message: `no route ${request.url}` }),
  });
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "/health") return answer(response, 200, { status: "ok", service: options.name });
    if (request.url === "/health/ready") return void answerReady(response, options);
    rpc(request, response);
  };
}

function register(router: ConnectRouter, routes: readonly RpcRoute[]): void {
  for (const { service, implementation } of routes) router.service(service, implementation);
}

async function answerReady(response: ServerResponse, { health, name }: RpcServerOptions): Promise<void> {
  try {
    const report = health ? await health() : { ready: true, checks: {} };
    const status = report.ready ? "ready" : "not_ready";
    answer(response, report.ready ? 200 : 503, { status, service: name, checks: report.checks });
  } catch {
    answer(response, 503, { status: "not_ready", service: name, checks: {} });
  }
}

/** What HTTP/1.1 and HTTP/2 responses of Node have in common. */
interface JsonResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

function answer(response: JsonResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, port, host)));
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}

function listenError(cause: NodeJS.ErrnoException, port: number, host: string): ConcordError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} is in use; end the other program or choose another port`,
    EACCES: `port ${port} may not be used by this user; choose one above 1023`,
    EADDRNOTAVAIL: `${host} is no address of this machine`,
  };
  const message = reasons[cause.code ?? ""] ?? `cannot listen on ${host}:${port} (${cause.code})`;
  return new ConcordError("config", message, { cause, details: { field: "port", port } });
}

/** A connection that was busy when the closing began becomes idle later, and would be kept for seconds. */
function drain(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(timer);
      resolve();
    });
  });
}
