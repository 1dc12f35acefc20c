import { createInbox, type Msg, type MsgHdrs, NoRespondersError } from "@nats-io/nats-core";
import { ConcordError } from "../../core/error.ts";
import type { RpcCarrier } from "../../rpc/index.ts";
import type { BrokerConnection } from "../connection.ts";
import { maxPayloadBytes } from "../publish.ts";
import type { ReplyBox } from "../reply-box.ts";
import { beatMs, fromMsgHeaders, rpcHeaders, rpcSubject, streamWindow, toMsgHeaders } from "./rpc-wire.ts";

type Request = Parameters<RpcCarrier["send"]>[0];
type Response = Awaited<ReturnType<RpcCarrier["send"]>>;

/** Without a deadline a call waits so long for its answer, in milliseconds. */
const longestMs = 86_400_000;

/** Carries calls over NATS: the same client and protocol as over HTTP, by request and reply. */
export function createRpcCarrier(connection: BrokerConnection, replies: ReplyBox): RpcCarrier {
  return {
    async ask({ method, url, header, body, signal }) {
      const subject = rpcSubject(method.parent.typeName, method.name, namespaceOf(url));
      refuseTooLarge(connection, subject, body);
      const outgoing = { subject, body, headers: toMsgHeaders(header), describe: () => `the call of ${subject}` };
      try {
        const { headers, data } = await replies.send(outgoing, { timeoutMs: waitMs(header), signal });
        return { status: statusOf(headers), header: fromMsgHeaders(headers), body: data };
      } catch (thrown) {
        throw thrown instanceof NoRespondersError ? nobody(subject, thrown) : thrown;
      }
    },
    async send(request) {
      const [service = "", method = ""] = new URL(request.url).pathname.split("/").slice(1);
      const subject = rpcSubject(service, method, namespaceOf(request.url));
      const body = await collect(request.body);
      refuseTooLarge(connection, subject, body);
      return openStream(connection, subject, request, body);
    },
  };
}

/** The host of a call's address, `-` for none. */
function namespaceOf(url: string): string | undefined {
  const host = url.slice("https://".length, url.indexOf("/", "https://".length));
  return host === "-" ? undefined : host;
}

/** The server's own refusal tells more, so it gets a moment to come. */
function waitMs(header: Headers): number {
  const stated = header.get("connect-timeout-ms");
  return stated === null ? longestMs : Number(stated) + 1_000;
}

async function openStream(
  connection: BrokerConnection,
  subject: string,
  { header, signal }: Request,
  body: Uint8Array,
): Promise<Response> {
  connection.require(`the call of ${subject}`);
  const { client } = connection;
  const reply = createInbox(connection.inboxPrefix);
  const messages = client.subscribe(reply);
  const iterator = messages[Symbol.asyncIterator]();
  client.publish(subject, body, { reply, headers: toMsgHeaders(header) });
  let control = "";
  let ended = false;
  const end = (reason: "read" | "left") => {
    if (ended) return;
    ended = true;
    signal?.removeEventListener("abort", leave);
    messages.unsubscribe();
    if (reason === "left" && control) client.publish(control, "cancel");
  };
  // Whoever gives up does not come for the next message any more.
  const leave = () => end("left");
  signal?.addEventListener("abort", leave, { once: true });
  const next = () => nextMessage(iterator, subject, signal);
  try {
    const first = await next();
    if (first.data.length === 0 && first.headers?.code === 503) throw nobody(subject);
    control = first.headers?.get(rpcHeaders.control) ?? "";
    const credit = () => control && client.publish(control, "credit");
    return toResponse(first, readChunks({ first, next, credit, end }));
  } catch (error) {
    end("left");
    throw error;
  }
}

interface Stream {
  readonly first: Msg;
  readonly next: () => Promise<Msg>;
  /** Lets the server send on. */
  readonly credit: () => void;
  readonly end: (reason: "read" | "left") => void;
}

/** Tells the server how much was read, so that it never is far ahead, and that nobody reads on. */
async function* readChunks({ first, next, credit, end }: Stream): AsyncGenerator<Uint8Array> {
  let finished = false;
  let read = 0;
  try {
    for (let message = first; ; message = await next()) {
      if (message.data.length > 0) {
        yield message.data;
        if (++read % (streamWindow / 2) === 0) credit();
      }
      finished = message.headers?.has(rpcHeaders.end) ?? false;
      if (finished) return;
    }
  } finally {
    end(finished ? "read" : "left");
  }
}

/** A server that says nothing for three beats is gone. */
async function nextMessage(
  iterator: AsyncIterator<Msg>,
  subject: string,
  signal: AbortSignal | undefined,
): Promise<Msg> {
  const ended = Promise.withResolvers<never>();
  const gone = new ConcordError(
    "unavailable",
    `the stream of ${subject} broke off: the server does not answer any more`,
  );
  const timer = setTimeout(() => ended.reject(gone), 3 * beatMs);
  const abort = () => ended.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const { value, done } = await Promise.race([iterator.next(), ended.promise]);
    if (done) throw new ConcordError("unavailable", `the stream of ${subject} broke off: NATS is not connected`);
    return value;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function toResponse({ headers }: Msg, body: AsyncIterable<Uint8Array>): Response {
  return { status: statusOf(headers), header: fromMsgHeaders(headers), body, trailer: new Headers() };
}

function statusOf(headers: MsgHdrs | undefined): number {
  return Number(headers?.get(rpcHeaders.status) || 500);
}

/** A stream of requests is sent when it is complete. */
async function collect(body: Request["body"]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function refuseTooLarge(connection: BrokerConnection, subject: string, body: Uint8Array): void {
  const limitBytes = maxPayloadBytes(connection);
  if (body.length <= limitBytes) return;
  const message = `the call of ${subject} was not sent: it has ${body.length} bytes and the server takes ${limitBytes}`;
  throw new ConcordError("too_large", message, { details: { limitBytes } });
}

function nobody(subject: string, cause?: unknown): ConcordError {
  return new ConcordError("unavailable", `no service answers ${subject} now; try again`, { cause });
}
