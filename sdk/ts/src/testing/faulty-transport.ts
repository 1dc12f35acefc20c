import type { OutgoingMessage } from "../core/message.ts";
import type { Transport } from "../core/transport.ts";

/** What goes wrong with one publication: the message is lost, or only the answer to it. */
export interface TransportFault {
  readonly when: "before" | "after";
  readonly error: Error;
}

/** Decides what goes wrong with the publication of these messages, one or an atomic batch. */
export type FaultPlan = (messages: readonly OutgoingMessage[]) => TransportFault | undefined;

/** A real transport whose publications fail as planned. */
export function withFaults(transport: Transport, plan: FaultPlan): Transport {
  return {
    ...delegate(transport),
    get maxPayloadBytes() {
      return transport.maxPayloadBytes;
    },
    publish: (message, options) => through(plan([message]), () => transport.publish(message, options)),
    publishAtomically: (messages, options) =>
      through(plan(messages), () => transport.publishAtomically!(messages, options)),
  };
}

/** Passes every call on, for transports that are classes too. */
export function delegate(transport: Transport): Transport {
  return {
    name: transport.name,
    features: transport.features,
    maxPayloadBytes: transport.maxPayloadBytes,
    publish: (message, options) => transport.publish(message, options),
    publishAtomically: (messages, options) => transport.publishAtomically!(messages, options),
    read: (request) => transport.read(request),
    consume: (request) => transport.consume(request),
    provision: (streams, options) => transport.provision(streams, options),
    streamState: (stream, options) => transport.streamState(stream, options),
    get: (stream, sequence, options) => transport.get(stream, sequence, options),
    next: (stream, filter, after, options) => transport.next(stream, filter, after, options),
    remove: (stream, sequence, options) => transport.remove(stream, sequence, options),
    health: () => transport.health(),
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

async function through<Answer>(fault: TransportFault | undefined, publish: () => Promise<Answer>): Promise<Answer> {
  if (fault?.when === "before") throw fault.error;
  const answer = await publish();
  if (fault) throw fault.error;
  return answer;
}
