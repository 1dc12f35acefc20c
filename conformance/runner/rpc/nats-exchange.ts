import { createInbox, type Msg, type NatsConnection } from "nats";
import type { HttpAsk, HttpExchange } from "./http-exchange.ts";
import { headerOf } from "./http-headers.ts";
import { controlHeader, creditChunks, endHeader, fromMsgHeaders, statusHeader, toMsgHeaders } from "./nats-wire.ts";

/**
 * A call over NATS: the head of a Connect request as headers, its body as data, to `[ns.]rpc.<service>.<Method>`; the answer's
 * status, head and body come to the reply subject, those of a stream in several messages (`docs/rpc.md`).
 */
export function openNatsExchange(connection: NatsConnection, ns: string, ask: HttpAsk): HttpExchange {
  const { path, headers, body } = ask;
  const subject = `${ns && `${ns}.`}rpc.${path.slice(1).replace("/", ".")}`;
  const isStream = headerOf(headers, "content-type")?.startsWith("application/connect+") ?? false;
  const reply = createInbox();
  const answers = connection.subscribe(reply);
  const iterator = answers[Symbol.asyncIterator]();
  const first = iterator.next().then(({ value }) => refuseNobody(value as Msg, subject));
  first.catch(() => {});
  const parts: Uint8Array[] = body ? [body] : [];
  const send = () => connection.publish(subject, Buffer.concat(parts), { reply, headers: toMsgHeaders(headers) });
  let control = "";
  return {
    write: (bytes) => void (body ?? parts.push(bytes)),
    end: send,
    abort: () => void (control && connection.publish(control, "cancel")),
    head: first.then((message) => {
      control = message.headers?.get(controlHeader) ?? "";
      return { status: Number(message.headers?.get(statusHeader)), headers: fromMsgHeaders(message) };
    }),
    body: isStream ? readChunks(first, iterator, () => connection.publish(control, "credit")) : readOnce(first),
    trailers: () => [],
    close: () => answers.unsubscribe(),
  };
}

async function* readOnce(first: Promise<Msg>): AsyncGenerator<Uint8Array> {
  yield (await first).data;
}

async function* readChunks(
  first: Promise<Msg>,
  rest: AsyncIterator<Msg>,
  credit: () => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for (let message = await first; ; message = (await rest.next()).value as Msg) {
    if (message.data.length > 0) {
      yield message.data;
      if (++read % creditChunks === 0) credit();
    }
    if (message.headers?.has(endHeader)) return;
  }
}

/** What the server itself answers where nobody listens. */
function refuseNobody(message: Msg, subject: string): Msg {
  if (message.data.length === 0 && message.headers?.code === 503) throw new Error(`nobody listens at ${subject}`);
  return message;
}
