import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either HTTP; HTTP/2 has the interface of HTTP/1.1. */
export type PeerRequest = IncomingMessage | Http2ServerRequest;

/** Where the messages of a call are read from. */
export interface RequestSource extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** What an answer is written to: a response of HTTP, or what stands for one. */
export interface AnswerSink {
  /** What is answered. */
  readonly req: { readonly url?: string | undefined };
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  flushHeaders(): void;
  write(bytes: Uint8Array): unknown;
  end(rest?: Uint8Array | string): unknown;
}

/** Its answer. */
export type PeerResponse = ServerResponse | Http2ServerResponse;
