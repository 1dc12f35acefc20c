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
    ...transport,
    get maxPayloadBytes() {
      return transport.maxPayloadBytes;
    },
    publish: (message, options) => through(plan([message]), () => transport.publish(message, options)),
    publishAtomically: (messages, options) =>
      through(plan(messages), () => transport.publishAtomically!(messages, options)),
  };
}

async function through<Answer>(fault: TransportFault | undefined, publish: () => Promise<Answer>): Promise<Answer> {
  if (fault?.when === "before") throw fault.error;
  const answer = await publish();
  if (fault) throw fault.error;
  return answer;
}
