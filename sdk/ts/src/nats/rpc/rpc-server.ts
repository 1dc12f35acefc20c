import { createInbox, type Msg, type Subscription } from "@nats-io/nats-core";
import { ConcordError } from "../../core/error.ts";
import { type RpcHosting, type RpcListening, type RpcRouter, toConnectError } from "../../rpc/index.ts";
import type { BrokerConnection } from "../connection.ts";
import { maxPayloadBytes } from "../publish.ts";
import { createCredit } from "./credit.ts";
import { type EndpointStats, serveDiscovery } from "./discovery.ts";
import { beatMs, fromMsgHeaders, rpcHeaders, rpcSubject, toMsgHeaders } from "./rpc-wire.ts";

type Handler = RpcRouter["handlers"][number];
type Response = Awaited<ReturnType<Handler>>;

/**
 * Answers the methods of a router over NATS: one of all replicas answers a call, by a queue group with the service's name.
 * Tools for NATS services find it (`nats micro ls`).
 */
export function serveRpc(connection: BrokerConnection, router: RpcRouter, hosting: RpcHosting): RpcListening {
  const { client } = connection;
  const running = new Set<Promise<void>>();
  const stats = new Map<Handler, EndpointStats>();
  const own = new Set(router.services);
  const handlers = router.handlers.filter(({ service }) => own.has(service));
  const subscriptions: Subscription[] = handlers.map((handler) => {
    const subject = rpcSubject(handler.service.typeName, handler.method.name, hosting.namespace);
    const counts: EndpointStats = { name: handler.method.name, subject, requests: 0, errors: 0, processingMs: 0 };
    stats.set(handler, counts);
    return client.subscribe(subject, {
      queue: hosting.service,
      callback: (error, request) => {
        if (!error) track(answerCall(connection, handler, request, counts));
      },
    });
  });
  const discovery = serveDiscovery(client, hosting, () => [...stats.values()]);

  function track(work: Promise<void>): void {
    const tracked = work
      .catch((err) => connection.log.warn({ err }, "a call over NATS could not be answered"))
      .finally(() => running.delete(tracked));
    running.add(tracked);
  }

  return {
    async close() {
      discovery.close();
      await Promise.all(subscriptions.map((subscription) => subscription.drain().catch(() => {})));
      await Promise.all(running);
    },
  };
}

async function answerCall(
  connection: BrokerConnection,
  handler: Handler,
  message: Msg,
  counts: EndpointStats,
): Promise<void> {
  const started = performance.now();
  counts.requests++;
  const header = readHead(message);
  if (!header) {
    counts.errors++;
    return refuse(message, 400, { code: "invalid_argument", message: "a header is none of HTTP" });
  }
  const left = new AbortController();
  const response = await handler({
    httpVersion: "2",
    method: "POST",
    url: `https://nats${handler.requestPath}`,
    header,
    body: once(message.data),
    signal: left.signal,
  });
  if (response.status !== 200) counts.errors++;
  if (handler.method.methodKind === "unary") await answerOnce(connection, message, response);
  else await answerStream(connection, message, response, left);
  counts.processingMs += performance.now() - started;
}

async function answerOnce(connection: BrokerConnection, message: Msg, response: Response): Promise<void> {
  const body = await collect(response.body);
  const limitBytes = maxPayloadBytes(connection);
  if (body.length <= limitBytes) return void message.respond(body, { headers: headOf(response) });
  const tooLarge = new ConcordError("too_large", `the answer has ${body.length} bytes and NATS takes ${limitBytes}`);
  refuse(message, 429, { code: "resource_exhausted", message: toConnectError(tooLarge).rawMessage });
}

/** NATS carries names and values that HTTP does not, for which nobody would be answered. */
function readHead(message: Msg): Headers | undefined {
  try {
    return fromMsgHeaders(message.headers);
  } catch {
    return undefined;
  }
}

/** An answer of its own, which ends a stream too. */
function refuse(message: Msg, status: number, error: { readonly code: string; readonly message: string }): void {
  const header = new Headers({ "content-type": "application/json" });
  message.respond(JSON.stringify(error), { headers: headOf({ status, header }, { [rpcHeaders.end]: "1" }) });
}

async function answerStream(
  { client, inboxPrefix }: BrokerConnection,
  message: Msg,
  response: Response,
  left: AbortController,
): Promise<void> {
  const control = createInbox(inboxPrefix);
  const credit = createCredit();
  const hearing = client.subscribe(control, {
    callback: (error, heard) => {
      if (!error && heard.string() === "credit") credit.add();
      else left.abort(new ConcordError("canceled", "nobody reads the stream any more"));
    },
  });
  left.signal.addEventListener("abort", credit.close, { once: true });
  const beat = setInterval(() => message.respond(undefined, { headers: mark(rpcHeaders.beat) }), beatMs);
  try {
    message.respond(undefined, { headers: headOf(response, { [rpcHeaders.control]: control }) });
    for await (const chunk of response.body ?? []) {
      if (!(await credit.take())) return;
      message.respond(chunk);
    }
    message.respond(undefined, { headers: mark(rpcHeaders.end) });
  } finally {
    clearInterval(beat);
    hearing.unsubscribe();
    left.abort();
  }
}

function headOf({ status, header }: Response, own: Readonly<Record<string, string>> = {}) {
  return toMsgHeaders(header ?? new Headers(), { [rpcHeaders.status]: String(status), ...own });
}

function mark(name: string) {
  return toMsgHeaders(new Headers(), { [name]: "1" });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(body: Response["body"]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
