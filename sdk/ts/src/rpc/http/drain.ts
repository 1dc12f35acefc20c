import type { Server } from "node:http";
import type { Http2SecureServer, ServerHttp2Session } from "node:http2";
import { Server as NetServer, type Socket } from "node:net";
import type { Farewell } from "./farewell.ts";

/** Longer than a round trip between services, in milliseconds. */
const roundTripMs = 50;

/** Time for answers to calls that were ended by force, in milliseconds. */
const lastWordsMs = 250;

/** A server that listens: for cleartext, or for TLS. */
export type AnyServer = Server | Http2SecureServer;

/** What listens on a port. */
export interface Listening {
  readonly server: AnyServer;
  /** Ends connections that have not said anything yet. */
  readonly hush: () => void;
}

/** How a port closes. */
export interface Closing {
  /** Time for calls under way, in milliseconds. */
  readonly graceMs: number;
  /** Run when it is over. */
  readonly overdue: () => void;
}

/** All that is open on a port. */
export interface Opened extends Listening {
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  /** All connections, also those that have not said anything yet. */
  readonly sockets: ReadonlySet<Socket>;
  readonly farewell: Farewell;
}

/**
 * Takes no new connections, tells peers to go elsewhere and resolves when the last call has ended, or was cut a moment after
 * the time given was over.
 */
export async function drain(
  { server, hush, sessions, sockets, farewell }: Opened,
  { graceMs, overdue }: Closing,
): Promise<void> {
  const http1 = server as Server;
  // HTTP's own close would cut idle connections at once, on which the next request may be on its way.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  farewell.begin();
  hush();
  for (const session of sessions) sayGoodbye(session);
  // A connection that was busy becomes idle later, and would be kept for seconds.
  const sweep = setInterval(() => http1.closeIdleConnections(), roundTripMs);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  let last: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    overdue();
    last = setTimeout(cut, lastWordsMs);
  }, graceMs);
  await Promise.all([closed, ...[...sessions].map(untilClosed)]);
  clearInterval(sweep);
  clearTimeout(timer);
  clearTimeout(last);
  // Ends what HTTP's own close ends beside the connections.
  http1.close(() => {});
}

/**
 * Says that the session ends before it does, so that calls on their way to us are still taken
 * (https://www.rfc-editor.org/rfc/rfc9113#section-6.8): the last stream is named a round trip later. The round trip is
 * guessed, because a peer that has been told to go does not answer a ping any more.
 */
function sayGoodbye(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway(0, 2 ** 31 - 1);
  setTimeout(() => {
    if (!session.closed && !session.destroyed) session.close();
  }, roundTripMs);
}

function untilClosed(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    if (session.destroyed) resolve();
    else session.once("close", () => resolve());
  });
}
