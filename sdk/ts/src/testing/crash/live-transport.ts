import type { OutgoingMessage } from "../../core/message.ts";
import type { Transport } from "../../core/transport.ts";
import type { Life } from "./life.ts";

/** Gives a process its connection to a broker that outlives it. */
export function liveTransport(life: Life, transport: Transport): Transport {
  const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    await life.step("ask broker");
    return question().finally(() => life.alive());
  };
  const publish = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
    await life.step("publish");
    const answer = await send().finally(() => life.alive());
    await life.step("published");
    return answer;
  };
  const { publishAtomically } = transport;
  return {
    name: transport.name,
    features: transport.features,
    get maxPayloadBytes() {
      return transport.maxPayloadBytes;
    },
    publish: (message, options) => publish(() => transport.publish(message, options)),
    ...(publishAtomically && {
      publishAtomically: (messages: readonly OutgoingMessage[], options) =>
        publish(() => publishAtomically(messages, options)),
    }),
    read: (request) => whileAlive(life, transport.read(request)),
    consume: (request) => whileAlive(life, transport.consume(request)),
    provision: (streams, options) => ask(() => transport.provision(streams, options)),
    streamState: (stream, options) => ask(() => transport.streamState(stream, options)),
    get: (stream, sequence, options) => ask(() => transport.get(stream, sequence, options)),
    next: (stream, filter, after, options) => ask(() => transport.next(stream, filter, after, options)),
    remove: (stream, sequence, options) => ask(() => transport.remove(stream, sequence, options)),
    health: () => transport.health(),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

async function* whileAlive<Batch>(life: Life, batches: AsyncIterable<Batch>): AsyncIterable<Batch> {
  for await (const batch of batches) {
    await life.step("read");
    yield batch;
  }
  await life.alive();
}
