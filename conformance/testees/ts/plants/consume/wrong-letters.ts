import type { Delivery, Transport } from "@concord/sdk";
import type { Plant } from "../plant.ts";
import { altered, delivering, replacing } from "../wire/messages.ts";

/** Takes a type that nobody here handles for a fault. */
export const unhandledDlq: Plant = {
  transport: delivering((delivery, transport) => {
    if (delivery.subject.endsWith(".NotedEvent")) void bury(delivery, transport);
    return delivery;
  }),
};

/** Gives an event up because the service stops (trap T18). */
export const drainDlq: Plant = {
  transport: (transport) =>
    replacing(transport, {
      async *consume(request) {
        for await (const batch of transport.consume(request)) {
          yield batch.map((delivery) =>
            altered(delivery, {
              async retry(delayMs) {
                if (!request.signal.aborted) return delivery.retry(delayMs);
                await bury(delivery, transport);
                await delivery.ack();
              },
            }),
          );
        }
      },
    }),
};

/** Stores a dead letter of the service `counter`. */
async function bury({ stream, sequence, subject, headers, body }: Delivery, transport: Transport): Promise<void> {
  const prefix = stream.slice(0, stream.indexOf("evt-"));
  const namespace = prefix === "" ? "" : `${prefix.slice(0, -1)}.`;
  await transport.publish({
    stream: `${prefix}dlq-counter`,
    subject: `${namespace}dlq.counter.${subject.slice(namespace.length)}`,
    messageId: `dl/counter/${stream}/${sequence}/0`,
    headers: { "content-type": headers["content-type"] ?? "" },
    body,
  });
}
