import { setTimeout as delay } from "node:timers/promises";
import type { Json } from "../suite/json.ts";
import { type HttpExchange, openExchange } from "./http-exchange.ts";
import { foldHeaders, type HeaderList } from "./http-headers.ts";
import type { Way } from "./way.ts";

/** A request of HTTP as it is. */
export interface BareRequest {
  readonly http: Way["http"];
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | undefined;
  /** Breaks the connection after the body. */
  readonly cut: boolean;
  readonly timeoutMs: number;
}

/** What was written is on its way when the connection breaks, in milliseconds. */
const cutDelayMs = 20;

/**
 * Sends it and gives the answer: status, headers, body as hex, text and, where it is any, JSON. `broken` says why there is no
 * whole answer.
 */
export async function sendHttp(url: string, { http, body, cut, timeoutMs, ...ask }: BareRequest): Promise<Json> {
  const exchange = openExchange(url, http, { ...ask, ...(cut ? {} : { body: body ?? new Uint8Array() }) });
  const over = new AbortController();
  const late = delay(timeoutMs, { broken: `no answer within ${timeoutMs} ms` }, { signal: over.signal });
  late.catch(() => {});
  try {
    if (cut) return await breakOff(exchange, body);
    return await Promise.race([read(exchange), late]);
  } catch (error) {
    return { broken: (error as Error).message };
  } finally {
    over.abort();
    exchange.close();
  }
}

async function breakOff(exchange: HttpExchange, body: Uint8Array | undefined): Promise<Json> {
  if (body) exchange.write(body);
  await delay(cutDelayMs);
  exchange.close();
  return { broken: "by the runner" };
}

async function read(exchange: HttpExchange): Promise<Json> {
  const { status, headers } = await exchange.head;
  const chunks: Uint8Array[] = [];
  for await (const chunk of exchange.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString();
  return {
    status,
    headers: foldHeaders(headers),
    body: bytes.toString("hex"),
    text,
    ...jsonIn(text),
    trailers: foldHeaders(exchange.trailers()),
  };
}

/** The text as JSON, where it is any. */
export function jsonIn(text: string): { json?: Json } {
  try {
    return { json: JSON.parse(text) as Json };
  } catch {
    return {};
  }
}
