import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import { ConcordError } from "../../core/error.ts";
import type { HttpRequest, HttpResponse } from "./answer.ts";
import { type AnyServer, type Closing, drain, type Listening } from "./drain.ts";
import { createFarewell } from "./farewell.ts";
import { createSniffer } from "./sniff-protocol.ts";

/** Where a port listens and what it bears. */
export interface PortOptions {
  readonly port: number;
  readonly host: string;
  /** Certificate and key, as Node takes them: the port then speaks TLS only, HTTP/2 and HTTP/1.1 by ALPN. */
  readonly tls?: TlsOptions | undefined;
  /** Largest header block of a request in bytes. */
  readonly maxHeaderBytes: number;
  /** Time for the header block, and for the first bytes of a connection, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** Calls that one HTTP/2 connection may have open. */
  readonly maxStreamsPerConnection: number;
}

/** Certificate and key of a port. */
export type TlsOptions = Pick<
  SecureServerOptions,
  "key" | "cert" | "ca" | "requestCert" | "rejectUnauthorized" | "pfx"
>;

/** An open port that takes HTTP/1.1 and HTTP/2. */
export interface Port {
  readonly port: number;
  /**
   * Takes no new connections, tells peers to go elsewhere (GOAWAY, `Connection: close`), and resolves when the last call
   * has ended. Runs `overdue` after `graceMs`, then cuts what is still open.
   */
  close(closing: Closing): Promise<void>;
}

/**
 * Opens a port. Without TLS, HTTP/2 is told by its preface, as prior knowledge has it
 * (https://www.rfc-editor.org/rfc/rfc9113#section-3.3).
 * @throws {ConcordError} `config` when the port is taken or may not be used.
 */
export async function openPort(
  options: PortOptions,
  listener: (request: HttpRequest, response: HttpResponse) => void,
): Promise<Port> {
  const sessions = new Set<ServerHttp2Session>();
  const farewell = createFarewell();
  const listen: Listener = (request, response) => {
    farewell.watch(response);
    listener(request, response);
  };
  const { server, hush } = options.tls
    ? createTlsServer(options, listen, sessions)
    : createClearServer(options, listen, sessions);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const port = await open(server, options);
  return { port, close: (closing) => drain({ server, hush, sessions, sockets, farewell }, closing) };
}

type Listener = (request: HttpRequest, response: HttpResponse) => void;

function createTlsServer(options: PortOptions, listener: Listener, sessions: Set<ServerHttp2Session>): Listening {
  const server = createSecureServer({
    ...options.tls,
    handshakeTimeout: options.headersTimeoutMs,
    ...http2Options(options),
    ...http1Options(options),
    allowHTTP1: true,
  });
  server.on("request", listener as (request: Http2ServerRequest, response: Http2ServerResponse) => void);
  guardSessions(server, sessions, options.headersTimeoutMs);
  return { server, hush: () => {} };
}

/** One server listens; connections that speak HTTP/2 are given to another that does not. */
function createClearServer(options: PortOptions, listener: Listener, sessions: Set<ServerHttp2Session>): Listening {
  const http1 = createServer(http1Options(options), listener as RequestListener);
  const http2 = createHttp2Server(
    http2Options(options),
    listener as (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  );
  guardSessions(http2, sessions, options.headersTimeoutMs);
  const [toHttp1] = http1.listeners("connection") as [(this: Server, socket: Socket) => void];
  http1.removeAllListeners("connection");
  const sniff = createSniffer({
    timeoutMs: options.headersTimeoutMs,
    http1: (socket) => toHttp1.call(http1, socket),
    http2: (socket) => {
      // HTTP/1.1 lets a peer end its side and still answers; with that an ended connection of HTTP/2 would stay for ever.
      socket.allowHalfOpen = false;
      http2.emit("connection", socket);
    },
  });
  http1.on("connection", sniff.take);
  return { server: http1, hush: sniff.close };
}

function http1Options({ maxHeaderBytes, headersTimeoutMs }: PortOptions): ServerOptions {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    // A body may take as long as the deadline of its call; the listener watches that it does not stall.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs),
    keepAliveTimeout: 65_000,
  };
}

function http2Options({ maxHeaderBytes, maxStreamsPerConnection }: PortOptions) {
  return { settings: { maxConcurrentStreams: maxStreamsPerConnection, maxHeaderListSize: maxHeaderBytes } };
}

/**
 * A session that breaks ends alone: without listeners its error would end the process. One whose peer does not say its
 * settings, the first thing that HTTP/2 has a peer say, ends like one that says nothing.
 */
function guardSessions(
  server: Http2Server | Http2SecureServer,
  sessions: Set<ServerHttp2Session>,
  settingsTimeoutMs: number,
): void {
  server.on("session", (session: ServerHttp2Session) => {
    const timer = setTimeout(() => session.destroy(), settingsTimeoutMs);
    sessions.add(session);
    session.once("remoteSettings", () => clearTimeout(timer));
    session.on("close", () => {
      clearTimeout(timer);
      sessions.delete(session);
    });
    session.on("error", () => session.destroy());
  });
  server.on("sessionError", () => {});
}

function open(server: AnyServer, { port, host }: PortOptions): Promise<number> {
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
