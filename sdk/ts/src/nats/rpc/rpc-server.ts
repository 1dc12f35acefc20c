import { createInbox, type Msg, type Subscription } from "@nats-io/nats-core";
import { ConcordError } from "../../core/error.ts";
import { type RpcHosting, type RpcListening, type RpcRouter, toConnectError } from "../../rpc/index.ts";
import type { BrokerConnection } from "../connection.ts";
import { maxPayloadBytes } from "../publish.ts";
import { createCredit } from "./credit.ts";
import { type EndpointStats, serveDiscovery } from "./discovery.ts";
import { beatMs, fromMsgHeaders, rpcHeaders, rpcSubject, toMsgHeaders } from "./rpc-wire.ts";

type Handler = RpcRouter["handlers"][number];

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
        if (!error) track(answerCall({ connection, router, handler, message: request, counts }));
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

interface Call {
  readonly connection: BrokerConnection;
  readonly router: RpcRouter;
  readonly handler: Handler;
  readonly message: Msg;
  readonly counts: EndpointStats;
}

async function answerCall(call: Call): Promise<void> {
  const { message, counts, handler } = call;
  const started = performance.now();
  counts.requests++;
  const header = readHead(message);
  if (!header) {
    counts.errors++;
    return refuse(message, 400, { code: "invalid_argument", message: "a header is none of HTTP" });
  }
  const status = await (handler.method.methodKind === "unary" ? answerOnce(call, header) : answerStream(call, header));
  if (status !== 200) counts.errors++;
  counts.processingMs += performance.now() - started;
}

async function answerOnce({ connection, router, handler, message }: Call, header: Headers): Promise<number> {
  const answer = await router.answer(handler, { url: urlOf(handler), header, body: message.data });
  const { status, body } = answer;
  const limitBytes = maxPayloadBytes(connection);
  if (body.length <= limitBytes) {
    message.respond(body, { headers: headOf(answer) });
    return status;
  }
  const tooLarge = new ConcordError("too_large", `the answer has ${body.length} bytes and NATS takes ${limitBytes}`);
  refuse(message, 429, { code: "resource_exhausted", message: toConnectError(tooLarge).rawMessage });
  return 429;
}

/** As handlers are told it: over NATS there is none. */
function urlOf({ requestPath }: Handler): string {
  return `https://nats${requestPath}`;
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

async function answerStream({ connection, handler, message }: Call, header: Headers): Promise<number> {
  const { client, inboxPrefix } = connection;
  const left = new AbortController();
  const response = await handler({
    httpVersion: "2",
    method: "POST",
    url: urlOf(handler),
    header,
    body: once(message.data),
    signal: left.signal,
  });
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
      if (!(await credit.take())) return response.status;
      message.respond(chunk);
    }
    message.respond(undefined, { headers: mark(rpcHeaders.end) });
  } finally {
    clearInterval(beat);
    hearing.unsubscribe();
    left.abort();
  }
  return response.status;
}

function headOf(
  { status, header }: { readonly status: number; readonly header?: Headers },
  own: Readonly<Record<string, string>> = {},
) {
  return toMsgHeaders(header ?? new Headers(), { [rpcHeaders.status]: String(status), ...own });
}

function mark(name: string) {
  return toMsgHeaders(new Headers(), { [name]: "1" });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
