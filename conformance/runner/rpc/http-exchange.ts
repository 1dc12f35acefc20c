import { type IncomingMessage, request as requestHttp1 } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import type { Duplex, Readable, Writable } from "node:stream";
import { fromRawHeaders, type HeaderList, toNodeHeaders } from "./http-headers.ts";
import type { Way } from "./way.ts";

/** A request of HTTP, byte for byte. */
export interface HttpAsk {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: HeaderList;
  /** The whole body, where it is known; its length is stated then. */
  readonly body?: Uint8Array | undefined;
}

/** One request and its answer, on a connection of its own. */
export interface HttpExchange {
  /** Writes a part of the body. */
  write(bytes: Uint8Array): void;
  /** Ends the request. */
  end(): void;
  /** Gives up: RST_STREAM, or the end of the connection. */
  abort(): void;
  /** Status and headers of the answer. */
  readonly head: Promise<{ readonly status: number; readonly headers: HeaderList }>;
  /** The answer's body; ends in an error when the answer broke off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Complete when the body is. */
  readonly trailers: () => HeaderList;
  close(): void;
}

/** Begins a request. With a body it is also ended. */
export function openExchange(url: string, http: Way["http"], ask: HttpAsk): HttpExchange {
  const exchange = http === "2" ? overHttp2(url, ask) : overHttp1(url, ask);
  exchange.head.catch(() => {});
  if (ask.body) {
    if (ask.body.length > 0) exchange.write(ask.body);
    exchange.end();
  }
  return exchange;
}

function overHttp1(url: string, { method, path, headers, body }: HttpAsk): HttpExchange {
  const length = body && method !== "GET" ? { "content-length": String(body.length) } : {};
  const request = requestHttp1(new URL(url), {
    agent: false,
    method,
    path,
    headers: { ...toNodeHeaders(headers), ...length },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", reject);
  });
  request.flushHeaders();
  let answer: IncomingMessage | undefined;
  return {
    ...writing(request),
    abort: () => void request.destroy(),
    head: answered.then((received) => {
      answer = received;
      return { status: received.statusCode ?? 0, headers: fromRawHeaders(received.rawHeaders) };
    }),
    body: chunksOf(answered),
    trailers: () => fromRawHeaders(answer?.rawTrailers ?? []),
    close: () => void request.destroy(),
  };
}

function overHttp2(url: string, { method, path, headers }: HttpAsk): HttpExchange {
  const session = connectHttp2(url);
  const failed = new Promise<never>((_, reject) => session.on("error", reject));
  failed.catch(() => {});
  const stream = session.request({ ":method": method, ":path": path, ...toNodeHeaders(headers) }, { endStream: false });
  let trailers: HeaderList = [];
  stream.on("trailers", (_, __, raw: readonly string[]) => {
    trailers = fromRawHeaders(raw);
  });
  const head = new Promise<{ status: number; headers: HeaderList }>((resolve, reject) => {
    stream.on("response", (received, _, raw: readonly string[]) =>
      resolve({ status: Number(received[":status"]), headers: fromRawHeaders(raw) }),
    );
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("the stream ended without an answer")));
    failed.catch(reject);
  });
  return {
    ...writing(stream),
    abort: () => stream.close(constants.NGHTTP2_CANCEL),
    head,
    body: chunksOf(head.then(() => stream as Duplex)),
    trailers: () => trailers,
    close: () => session.destroy(),
  };
}

function writing(stream: Writable): Pick<HttpExchange, "write" | "end"> {
  return { write: (bytes) => void stream.write(bytes), end: () => void stream.end() };
}

/** Whoever never reads the body hears of no failure either. */
function chunksOf(readable: Promise<Readable>): AsyncIterable<Uint8Array> {
  readable.catch(() => {});
  return (async function* () {
    yield* (await readable) as AsyncIterable<Uint8Array>;
  })();
}
