import { Code, ConnectError } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { type Log, silentLog } from "../core/log.ts";
import type { HealthReport } from "./health.ts";
import { answerJson, type HttpRequest, type HttpResponse } from "./http/answer.ts";
import { watchBody } from "./http/body-watch.ts";
import { type CorsOptions, createCors } from "./http/cors.ts";
import { openPort, type TlsOptions } from "./http/port.ts";
import { pathOf, refuseUnknownPath, serveCall } from "./http/serve-call.ts";
import { createOpenApi } from "./openapi/open-api.ts";
import { createHealthRoute } from "./own/health-route.ts";
import { createReflectionRoutes } from "./own/reflection-route.ts";
import { createPages, type PageOptions } from "./pages.ts";
import { createRestServer } from "./rest/serve-rest.ts";
import { createRpcRouter, defaultMaxMessageBytes, type RpcRouter, type RpcRouterOptions } from "./router.ts";

/** How a server is reached and what it checks. */
export interface RpcServerOptions extends Omit<RpcRouterOptions, "shutdown" | "ownRoutes">, PageOptions {
  /** Whether `/docs` and `/openapi.json` describe the methods. Default true; a document given is told instead. */
  readonly docs?: boolean | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Certificate and key. Default: cleartext, HTTP/1.1 and HTTP/2 with prior knowledge. */
  readonly tls?: TlsOptions | undefined;
  /** Which web pages of other origins may call. Default: none. */
  readonly cors?: CorsOptions | undefined;
  /** Whether clients may ask for the contracts. Default true. */
  readonly reflection?: boolean | undefined;
  /** Largest header block of a request in bytes. Default 16 KiB, as Node's. */
  readonly maxHeaderBytes?: number | undefined;
  /** Time in which the header block must have come, in milliseconds. Default 10,000. */
  readonly headersTimeoutMs?: number | undefined;
  /** Time in which the request of a call without client stream must have come, in milliseconds. Default 30,000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** Calls that one HTTP/2 connection may have open. Default 250. */
  readonly maxStreamsPerConnection?: number | undefined;
}

/** A listening server. */
export interface RpcServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What it serves, for carriers other than HTTP. */
  readonly router: RpcRouter;
  /**
   * Tells that it is not ready any more, takes no new connections, tells peers to go elsewhere, lets calls under way finish
   * for `graceMs` (default 10,000), then ends them as `unavailable`.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves proto services on one port over HTTP/1.1 and HTTP/2, by Connect, gRPC, gRPC-Web and plain JSON; beside them
 * `grpc.health.v1`, server reflection, and the pages `/health`, `/health/ready`, `/info`, `/metrics` and `/docs`.
 * @throws {ConcordError} `config` when the port is taken or may not be used.
 */
export async function createRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { host = "127.0.0.1", tls } = options;
  const draining = new AbortController();
  const shutdown = new AbortController();
  const health = () => reportHealth(options.health, draining.signal);
  const ownRoutes = createOwnRoutes(options, health, draining.signal);
  const router = createRpcRouter({ ...options, ownRoutes, shutdown: shutdown.signal }, [
    compressionGzip,
    compressionBrotli,
  ]);
  const info = () => ({ rpc: listMethods(options), ...options.info?.() });
  const port = await openPort(
    {
      port: options.port ?? 0,
      host,
      tls,
      maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
      headersTimeoutMs: options.headersTimeoutMs ?? 10_000,
      maxStreamsPerConnection: options.maxStreamsPerConnection ?? 250,
    },
    createListener({ ...options, health, info, openApi: describeMethods(options) }, router),
  );
  const overdue = () => shutdown.abort(new ConnectError("the server is shutting down", Code.Unavailable));
  let closing: Promise<void> | undefined;
  const close = (graceMs = 10_000) => {
    draining.abort();
    closing ??= port.close({ graceMs, overdue });
    return closing;
  };
  const url = `${tls ? "https" : "http"}://${host}:${port.port}`;
  return { port: port.port, url, router, close, [Symbol.asyncDispose]: () => close() };
}

function createOwnRoutes(options: RpcServerOptions, health: () => Promise<HealthReport>, draining: AbortSignal) {
  const services = options.routes.map(({ service }) => service);
  const healthRoute = createHealthRoute({ services: services.map(({ typeName }) => typeName), health, draining });
  if (options.reflection === false) return [healthRoute];
  return [healthRoute, ...createReflectionRoutes([...services, healthRoute.service])];
}

async function reportHealth(health: PageOptions["health"], draining: AbortSignal): Promise<HealthReport> {
  const report = (await health?.()) ?? { ready: true, checks: {} };
  if (!draining.aborted) return report;
  return { ready: false, checks: { ...report.checks, service: { healthy: false, detail: "draining" } } };
}

function describeMethods({ name, routes, docs, openApi }: RpcServerOptions): object | undefined {
  if (docs === false) return undefined;
  const services = routes.map(({ service }) => service);
  return openApi ?? createOpenApi(services, { title: name });
}

function listMethods({ routes }: RpcServerOptions): readonly string[] {
  return routes.flatMap(({ service }) => service.methods.map(({ name }) => `${service.typeName}/${name}`));
}

function createListener(options: RpcServerOptions, router: RpcRouter) {
  const { log = silentLog, bodyTimeoutMs = 30_000 } = options;
  const pages = createPages(options);
  const cors = options.cors ? createCors(options.cors) : () => false;
  const rest = createRestServer(router, { maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes });
  const serveRest = (request: HttpRequest, response: HttpResponse) => {
    const answered = rest.serve(request, response);
    if (answered) watchBody(request, bodyTimeoutMs);
    answered?.catch((error) => endBroken(response, log, error));
    return answered !== undefined;
  };
  return (request: HttpRequest, response: HttpResponse): void => {
    if (cors(request, response)) return;
    const path = pathOf(request);
    const handler = router.find(path);
    const page = pages.get(path);
    const fail = (error: unknown) => endBroken(response, log, error);
    if (handler) {
      if (!isClientStream(handler.method.methodKind)) watchBody(request, bodyTimeoutMs);
      serveCall(handler, request, response).catch(fail);
    } else if (page) Promise.resolve(page(response)).catch(fail);
    else if (!serveRest(request, response)) refuseUnknownPath(request, response);
  };
}

function isClientStream(kind: string): boolean {
  return kind === "client_streaming" || kind === "bidi_streaming";
}

/** The peer has gone, or sent what is no HTTP: there is nobody to tell but the log. */
function endBroken(response: HttpResponse, log: Log, err: unknown): void {
  log.debug({ err }, "call ended without an answer");
  if (response.headersSent) response.destroy();
  else answerJson(response, 400, { code: "invalid_argument", message: "the request is malformed" });
}
