import { Code, ConnectError } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { type Log, silentLog } from "../core/log.ts";
import type { HealthReport } from "./health.ts";
import { answerJson, type HttpRequest, type HttpResponse } from "./http/answer.ts";
import { watchBody } from "./http/body-watch.ts";
import { openPort, type TlsOptions } from "./http/port.ts";
import { pathOf, refuseUnknownPath, serveCall } from "./http/serve-call.ts";
import { createRpcRouter, type RpcRouter, type RpcRouterOptions } from "./router.ts";

/** How a server is reached and what it checks. */
export interface RpcServerOptions extends Omit<RpcRouterOptions, "shutdown"> {
  /** Name told by `/health`. */
  readonly name: string;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Certificate and key. Default: cleartext, HTTP/1.1 and HTTP/2 with prior knowledge. */
  readonly tls?: TlsOptions | undefined;
  /** Asked by `/health/ready`. Default: always ready. */
  readonly health?: (() => Promise<HealthReport>) | undefined;
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
  /**
   * Takes no new connections, tells peers to go elsewhere, lets calls under way finish for `graceMs` (default 10,000), then
   * ends them as `unavailable`.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves proto services on one port over HTTP/1.1 and HTTP/2, by Connect, gRPC, gRPC-Web and plain JSON, with `/health`
 * (alive) and `/health/ready` (able to work, one check per dependency).
 * @throws {ConcordError} `config` when the port is taken or may not be used.
 */
export async function createRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { host = "127.0.0.1", tls } = options;
  const shutdown = new AbortController();
  const router = createRpcRouter({ ...options, shutdown: shutdown.signal }, [compressionGzip, compressionBrotli]);
  const listening = {
    port: options.port ?? 0,
    host,
    tls,
    maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
    headersTimeoutMs: options.headersTimeoutMs ?? 10_000,
    maxStreamsPerConnection: options.maxStreamsPerConnection ?? 250,
  };
  const port = await openPort(listening, createListener(options, router));
  const overdue = () => shutdown.abort(new ConnectError("the server is shutting down", Code.Unavailable));
  let closing: Promise<void> | undefined;
  const close = (graceMs = 10_000) => (closing ??= port.close({ graceMs, overdue }));
  const url = `${tls ? "https" : "http"}://${host}:${port.port}`;
  return { port: port.port, url, close, [Symbol.asyncDispose]: () => close() };
}

function createListener(options: RpcServerOptions, router: RpcRouter) {
  const { log = silentLog, name, bodyTimeoutMs = 30_000 } = options;
  const pages: Readonly<Record<string, (response: HttpResponse) => void>> = {
    "/health": (response) => answerJson(response, 200, { status: "ok", service: name }),
    "/health/ready": (response) => void answerReady(response, options),
  };
  return (request: HttpRequest, response: HttpResponse): void => {
    const path = pathOf(request);
    const handler = router.find(path);
    const page = pages[path];
    if (handler) {
      if (!isClientStream(handler.method.methodKind)) watchBody(request, bodyTimeoutMs);
      serveCall(handler, request, response).catch((error) => endBroken(response, log, error));
    } else if (page) page(response);
    else refuseUnknownPath(request, response);
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

async function answerReady(response: HttpResponse, { health, name }: RpcServerOptions): Promise<void> {
  try {
    const report = health ? await health() : { ready: true, checks: {} };
    const status = report.ready ? "ready" : "not_ready";
    answerJson(response, report.ready ? 200 : 503, { status, service: name, checks: report.checks });
  } catch {
    answerJson(response, 503, { status: "not_ready", service: name, checks: {} });
  }
}
