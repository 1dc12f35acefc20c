import type { Socket } from "node:net";

/** Who takes which connections. */
export interface SnifferOptions {
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
  /** Time in which the first bytes must come, in milliseconds. */
  readonly timeoutMs: number;
}

/** Tells which version of HTTP a new connection speaks. */
export interface Sniffer {
  readonly take: (socket: Socket) => void;
  /** Ends the connections that have not said anything yet. */
  readonly close: () => void;
}

/** The first bytes of HTTP/2; no method of HTTP/1.1 begins like this (https://www.rfc-editor.org/rfc/rfc9113#section-3.4). */
const preface = Buffer.from("PRI * HTTP/2.0");

/** Reads as much of each connection as tells the versions apart, puts it back and hands the connection on. */
export function createSniffer({ http1, http2, timeoutMs }: SnifferOptions): Sniffer {
  const silent = new Set<Socket>();
  const take = (socket: Socket) => {
    silent.add(socket);
    let head = Buffer.alloc(0);
    const forget = () => {
      clearTimeout(timer);
      silent.delete(socket);
      socket.off("readable", look).off("error", end).off("end", end).off("close", forget);
    };
    const end = () => socket.destroy();
    const look = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      head = Buffer.concat([head, chunk]);
      const known = Math.min(head.length, preface.length);
      const speaksHttp2 = head.compare(preface, 0, known, 0, known) === 0;
      if (speaksHttp2 && known < preface.length) return;
      forget();
      socket.unshift(head);
      if (speaksHttp2) http2(socket);
      else http1(socket);
    };
    const timer = setTimeout(end, timeoutMs);
    socket.on("readable", look).on("error", end).on("end", end).on("close", forget);
  };
  return {
    take,
    close: () => {
      for (const socket of silent) socket.destroy();
    },
  };
}
