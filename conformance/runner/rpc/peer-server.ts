import { createServer, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { fromRawHeaders, type HeaderList, toNodeHeaders } from "./http-headers.ts";
import { findMethod } from "./method-codec.ts";
import type { PeerRequest, PeerResponse } from "./peer-http.ts";
import { openAnswer, readRequests } from "./peer-protocols.ts";
import { playEcho } from "./play-echo.ts";
import { beginCall, type ServedCall, watchCall } from "./served-calls.ts";
import type { Way } from "./way.ts";

/** An answer of HTTP as it is. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  readonly trailers: HeaderList;
  /** Breaks the connection after the body. */
  readonly cut: boolean;
}

/** The runner's own server of EchoService. */
export interface PeerServer {
  readonly url: string;
  /** Given instead of answers by plan, the first one first. */
  readonly answers: BareAnswer[];
  /** How answers are compressed; empty: not. */
  compression: string;
  close(): Promise<void>;
}

/** Serves by hand, noting each call. */
export async function startPeerServer(http: Way["http"], served: ServedCall[]): Promise<PeerServer> {
  const answers: BareAnswer[] = [];
  const peer = { answers, compression: "" };
  const listener = (request: PeerRequest, response: PeerResponse) => {
    // The socket that HTTP/2 shows is a mask: it would end the session in order.
    const breakOff = () => sockets.get(request.socket.remotePort)?.destroy();
    handle(peer, served, { request, response, breakOff }).catch(breakOff);
  };
  const server: Server = http === "2" ? createHttp2Server(listener) : createServer(listener);
  const sockets = new Map<number | undefined, Socket>();
  server.on("connection", (socket: Socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.on("close", () => sockets.delete(remotePort));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(peer, {
    url,
    async close() {
      server.close();
      for (const socket of sockets.values()) socket.destroy();
    },
  });
}

interface Handling {
  readonly request: PeerRequest;
  readonly response: PeerResponse;
  /** Breaks the connection. */
  readonly breakOff: () => void;
}

async function handle(
  { answers, compression }: Pick<PeerServer, "answers" | "compression">,
  served: ServedCall[],
  handling: Handling,
): Promise<void> {
  const { request, response } = handling;
  const headers = fromRawHeaders(request.rawHeaders);
  const method = findMethod((request.url ?? "").slice(1).split("?")[0]!);
  const call = beginCall(served, method, headers);
  const left = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished || call.outcome === "running") left.abort(new Error("the caller has gone"));
  });
  await watchCall(call, left.signal, async () => {
    const bare = answers.shift();
    if (bare) return answerBare(bare, handling);
    const answer = openAnswer(method, headers, response as ServerResponse, compression);
    await playEcho(method, readRequests(method, headers, request), answer, left.signal);
  });
}

/** Answers when the request has come in whole, as a server that refuses would close before. */
async function answerBare(
  { status, headers, body, trailers, cut }: BareAnswer,
  { request, response, breakOff }: Handling,
): Promise<void> {
  for await (const _ of request);
  const given = toNodeHeaders(headers);
  (response as ServerResponse).writeHead(status, given);
  if (body.length > 0) (response as ServerResponse).write(body);
  if (cut) {
    await new Promise((resolve) => setTimeout(resolve, cutDelayMs));
    breakOff();
  } else {
    if (trailers.length > 0) (response as ServerResponse).addTrailers(Object.entries(toNodeHeaders(trailers)) as never);
    response.end();
  }
}

/** What was written is on its way when the connection breaks, in milliseconds. */
const cutDelayMs = 20;
