import { cors } from "@connectrpc/connect";
import { answer, type HttpRequest, type HttpResponse } from "./answer.ts";

/** Which web pages may call a server (https://developer.mozilla.org/docs/Web/HTTP/CORS). */
export interface CorsOptions {
  /** Origins such as `https://shop.example`; `*` lets pages of every origin call, without credentials. */
  readonly origins: readonly string[];
  /** Headers that pages may send and read beside those of the protocols and of this server. */
  readonly headers?: readonly string[] | undefined;
  /** How long browsers remember the permission, in seconds. Default 7,200, the longest that Chrome takes. */
  readonly maxAgeSeconds?: number | undefined;
}

/** Writes permissions on responses; true when the request only asked for them and was answered. */
export type Cors = (request: HttpRequest, response: HttpResponse) => boolean;

/** Headers of this server's own, and of REST. */
const ownHeaders = ["Authorization", "Content-Type", "Idempotency-Key", "Idempotency-Replayed", "Traceparent"];

const verbs = [...new Set([...cors.allowedMethods, "PUT", "PATCH", "DELETE"])].join(", ");

/** Makes the permissions of a server. A page of another origin gets none, and its browser keeps the answer from it. */
export function createCors({ origins, headers = [], maxAgeSeconds = 7_200 }: CorsOptions): Cors {
  const allowed = [...cors.allowedHeaders, ...ownHeaders, ...headers].join(", ");
  const exposed = [...cors.exposedHeaders, ...ownHeaders, ...headers].join(", ");
  return (request, response) => {
    const { origin } = request.headers;
    response.setHeader("vary", "origin");
    const permitted = origin !== undefined && (origins.includes("*") || origins.includes(origin));
    if (permitted) {
      response.setHeader("access-control-allow-origin", origins.includes("*") ? "*" : origin);
      response.setHeader("access-control-expose-headers", exposed);
    }
    if (request.method !== "OPTIONS" || !request.headers["access-control-request-method"]) return false;
    if (permitted) {
      response.setHeader("access-control-allow-methods", verbs);
      response.setHeader("access-control-allow-headers", allowed);
      response.setHeader("access-control-max-age", String(maxAgeSeconds));
    }
    answer(response, 204, { body: "", type: "text/plain" });
    return true;
  };
}
