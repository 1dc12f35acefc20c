import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either HTTP version. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** Its response. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** What of {@link HttpResponse} both versions have with one signature. */
interface PlainResponse {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(body?: string | Uint8Array): unknown;
}

/** Writes a whole response. */
export function answer(
  response: HttpResponse,
  status: number,
  { body, type }: { readonly body: string | Uint8Array; readonly type: string },
  headers: Iterable<readonly [name: string, value: string]> = [],
): void {
  const plain = response as PlainResponse;
  plain.writeHead(status, { ...Object.fromEntries(headers), "content-type": type });
  plain.end(body);
}

/** Writes a value as JSON, with a line end for terminals. */
export function answerJson(response: HttpResponse, status: number, value: unknown): void {
  answer(response, status, { body: `${JSON.stringify(value)}\n`, type: "application/json" });
}
