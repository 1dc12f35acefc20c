import { connect, createInbox, type Msg, type NatsConnection } from "nats";
import type { HeaderList } from "./http-headers.ts";
import { echoService, findMethod, givesStream, takesStream } from "./method-codec.ts";
import { controlHeader, creditChunks, endHeader, fromMsgHeaders, statusHeader, toMsgHeaders } from "./nats-wire.ts";
import type { AnswerSink } from "./peer-http.ts";
import { openAnswer, readRequests } from "./peer-protocols.ts";
import type { BareAnswer, PeerServer } from "./peer-server.ts";
import { playEcho } from "./play-echo.ts";
import { beginCall, type ServedCall, watchCall } from "./served-calls.ts";

/** Where a server on the broker listens. */
export interface NatsPlace {
  readonly url: string;
  /** Namespace, empty for none. */
  readonly ns: string;
}

/** Serves EchoService by hand at `[ns.]rpc.<service>.<Method>`, noting each call. */
export async function startNatsPeer({ url, ns }: NatsPlace, served: ServedCall[]): Promise<PeerServer> {
  const connection = await connect({ servers: url });
  const answers: BareAnswer[] = [];
  connection.subscribe(`${ns && `${ns}.`}rpc.${echoService}.*`, {
    callback: (error, request) => {
      if (!error) answerCall(connection, served, request, answers.shift()).catch(() => {});
    },
  });
  await connection.flush();
  // Its callers know the broker already.
  return { url: "", answers, compression: "", close: () => connection.close() };
}

async function answerCall(
  connection: NatsConnection,
  served: ServedCall[],
  request: Msg,
  bare: BareAnswer | undefined,
): Promise<void> {
  const headers = fromMsgHeaders(request);
  const method = findMethod(`${echoService}/${request.subject.split(".").at(-1)}`);
  const call = beginCall(served, method, headers);
  const left = new AbortController();
  const passed = () => left.abort(new Error("the deadline has passed"));
  const timer = call.timeoutMs === undefined ? undefined : setTimeout(passed, call.timeoutMs);
  await watchCall(call, left.signal, async () => {
    if (bare) return respondBare(request, bare);
    const isStream = takesStream(method) || givesStream(method);
    const sink = isStream ? streamSink(connection, request, left) : unarySink(request);
    const asked = Object.assign(once(request.data), { method: "POST", url: "" });
    await playEcho(method, readRequests(method, headers, asked), openAnswer(method, headers, sink, ""), left.signal);
  }).finally(() => clearTimeout(timer));
}

function respondBare(request: Msg, { status, headers, body }: BareAnswer): void {
  request.respond(body, { headers: toMsgHeaders([...headers, ...statusOf(status)]) });
}

/** The whole answer is one message. */
function unarySink(request: Msg): AnswerSink {
  let head: HeaderList = [];
  return {
    req: {},
    writeHead(status, headers) {
      head = [...toList(headers), ...statusOf(status)];
    },
    flushHeaders() {},
    write() {},
    end: (rest = new Uint8Array()) => void request.respond(Buffer.from(rest), { headers: toMsgHeaders(head) }),
  };
}

/** A message for the head, one for each chunk as far as its reader lets it, and one for the end. */
function streamSink(connection: NatsConnection, request: Msg, left: AbortController): AnswerSink {
  const control = createInbox();
  const waiting: (() => void)[] = [];
  let credit = 2 * creditChunks;
  const flush = () => {
    for (; credit > 0 && waiting.length > 0; credit--) waiting.shift()!();
  };
  const heard = connection.subscribe(control, {
    callback: (error, message) => {
      if (!error && message.string() === "credit") credit += creditChunks;
      else left.abort(new Error("nobody reads on"));
      flush();
    },
  });
  return {
    req: {},
    writeHead(status, headers) {
      const own = [...statusOf(status), { name: controlHeader, value: control }];
      request.respond(undefined, { headers: toMsgHeaders([...toList(headers), ...own]) });
    },
    flushHeaders() {},
    write(bytes) {
      waiting.push(() => request.respond(bytes));
      flush();
    },
    end() {
      waiting.push(() => {
        request.respond(undefined, { headers: toMsgHeaders([{ name: endHeader, value: "1" }]) });
        heard.unsubscribe();
      });
      flush();
    },
  };
}

function statusOf(status: number): HeaderList {
  return status === 0 ? [] : [{ name: statusHeader, value: String(status) }];
}

function toList(headers: Readonly<Record<string, string | readonly string[]>>): HeaderList {
  return Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => ({ name, value })));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
