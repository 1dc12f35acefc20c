import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

/** Node's codes of connections that broke: whether the call was run nobody knows. */
const broken: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ERR_HTTP2_SESSION_ERROR", "ETIMEDOUT"]);

/** Node's codes of calls that never reached a handler. */
const neverSent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ERR_HTTP2_GOAWAY_SESSION",
  "ERR_HTTP2_INVALID_SESSION",
]);

/**
 * Gives every broken connection as `unavailable`: Connect tells some of them as `internal` or `aborted`, which are answers of
 * a service and say that repeating is pointless, or safe.
 */
export const connectionErrorInterceptor: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (thrown) {
    const isBroken =
      causesOf(thrown).some((error) => broken.has(codeOf(error))) || isLostStream(thrown, request.signal);
    if (!isBroken && !wasNeverRun(thrown)) throw thrown;
    throw new ConnectError("the connection to the service broke", Code.Unavailable, undefined, undefined, thrown);
  }
};

/**
 * Tells whether a call failed before any handler saw it, so that any call can be made again
 * (https://www.rfc-editor.org/rfc/rfc9113#section-8.7).
 */
export function wasNeverRun(thrown: unknown): boolean {
  return causesOf(thrown).some((error) => neverSent.has(codeOf(error)) || isRefusedStream(error));
}

/** Node closes the streams of a connection that broke as if their caller had canceled them; here nobody has. */
function isLostStream(thrown: unknown, { aborted }: AbortSignal): boolean {
  if (aborted || !(thrown instanceof ConnectError)) return false;
  return thrown.code === Code.Canceled && /^http\/2 stream closed with error code CANCEL/.test(thrown.rawMessage);
}

function isRefusedStream(error: Error): boolean {
  return codeOf(error) === "ERR_HTTP2_STREAM_ERROR" && error.message.includes("NGHTTP2_REFUSED_STREAM");
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

function causesOf(thrown: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && !chain.includes(error); error = error.cause) chain.push(error);
  return chain;
}
