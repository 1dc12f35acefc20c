import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either HTTP; HTTP/2 has the interface of HTTP/1.1. */
export type PeerRequest = IncomingMessage | Http2ServerRequest;

/** Its answer. */
export type PeerResponse = ServerResponse | Http2ServerResponse;
