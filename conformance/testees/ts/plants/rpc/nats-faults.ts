import type { Plant } from "../plant.ts";

/** Keeps its deadline to itself: nothing else would tell the server that its work is in vain. */
export const sendsNoDeadline: Plant = {
  rpcCarrier: (carrier) => ({
    ask: (call) => carrier.ask({ ...call, header: withoutDeadline(call.header) }),
    send: (request) => carrier.send({ ...request, header: withoutDeadline(request.header) }),
  }),
};

function withoutDeadline(given: Headers): Headers {
  const header = new Headers(given);
  header.delete("connect-timeout-ms");
  return header;
}

/** Gives up a stream without a word, as if there were a connection whose end is noticed. */
export const leavesUnsaid: Plant = {
  rpcCarrier: (carrier) => ({
    ask: (call) => carrier.ask(call),
    async send(request) {
      const response = await carrier.send({ ...request, signal: new AbortController().signal });
      return { ...response, body: readUntil(response.body, request.signal) };
    },
  }),
};

async function* readUntil(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const left = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => left.reject(signal.reason), { once: true });
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await Promise.race([chunks.next(), left.promise]);
    if (done) return;
    yield value;
  }
}

/** Has a name of its own at the broker instead of that of its contract. */
export const otherName: Plant = { rpcHosting: (hosting) => ({ ...hosting, service: "EchoService" }) };

/** Replicas that know nothing of each other (trap T23). */
export const ownQueues: Plant = {
  rpcHosting: (hosting) => ({ ...hosting, service: `${hosting.service}-${process.pid}` }),
};
