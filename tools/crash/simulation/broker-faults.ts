import { ConcordError } from "../../../sdk/ts/src/core/error.ts";
import type { OutgoingMessage } from "../../../sdk/ts/src/core/message.ts";
import type { Transport } from "../../../sdk/ts/src/core/transport.ts";

/** What is wrong with the broker now. */
export interface BrokerFaults {
  /** It answers nobody. */
  isDown: boolean;
  /** Its streams take nothing. */
  isFull: boolean;
  /** It takes what it used to refuse. */
  isMended: boolean;
}

/** What it says about a message that it refuses. */
export const refusal = "the broker refuses the message";

/** Marks a message that the broker refuses until it is mended. */
export const refusedMark = "refused";

/** Gives a broker that can be down, full, and refuse single messages. */
export function withBrokerFaults(broker: Transport, faults: BrokerFaults): Transport {
  const checkUp = () => {
    if (faults.isDown) throw new ConcordError("unavailable", "the broker is down");
  };
  const checkTakes = (messages: readonly OutgoingMessage[]) => {
    checkUp();
    if (faults.isFull) throw new ConcordError("resource_exhausted", "the stream is full");
    if (faults.isMended || !messages.some(isRefused)) return;
    // As real brokers do, it does not say which message of a batch it means.
    if (messages.length > 1) throw new ConcordError("internal", "the broker refuses the batch");
    throw new ConcordError("permission_denied", refusal);
  };
  return {
    ...broker,
    get maxPayloadBytes() {
      return broker.maxPayloadBytes;
    },
    async publish(message, options) {
      checkTakes([message]);
      return broker.publish(message, options);
    },
    async publishAtomically(messages, options) {
      checkTakes(messages);
      return broker.publishAtomically!(messages, options);
    },
    async *read(request) {
      checkUp();
      for await (const batch of broker.read(request)) {
        checkUp();
        yield batch;
      }
    },
    async streamState(stream, options) {
      checkUp();
      return broker.streamState(stream, options);
    },
    async get(stream, sequence, options) {
      checkUp();
      return broker.get(stream, sequence, options);
    },
  };
}

function isRefused({ body, subject }: OutgoingMessage): boolean {
  return subject.startsWith("evt.") && Buffer.from(body).includes(refusedMark);
}
