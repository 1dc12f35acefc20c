import type { Delivery, OutgoingMessage, Transport } from "@concord/sdk";

/** Passes a transport on with some of its functions replaced; the transport may be a class. */
export function replacing(transport: Transport, replaced: Partial<Transport>): Transport {
  return new Proxy(transport, {
    get(target, name) {
      if (name in replaced) return replaced[name as keyof Transport];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Changes every message on its way to the broker. */
export function sending(change: (message: OutgoingMessage) => OutgoingMessage): (transport: Transport) => Transport {
  return (transport) =>
    replacing(transport, { publish: (message, options) => transport.publish(change(message), options) });
}

/** Changes every delivery on its way to the consumer. */
export function delivering(
  change: (delivery: Delivery, transport: Transport) => Delivery,
): (transport: Transport) => Transport {
  return (transport) =>
    replacing(transport, {
      async *consume(request) {
        for await (const batch of transport.consume(request)) yield batch.map((each) => change(each, transport));
      },
    });
}

/** A delivery with some of its properties replaced; it may be an object of a class. */
export function altered(delivery: Delivery, changed: Partial<Delivery>): Delivery {
  return new Proxy(delivery, {
    get(target, name) {
      if (name in changed) return changed[name as keyof Delivery];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Tells dead letters from everything else that is sent. */
export function isDeadLetter({ subject }: OutgoingMessage): boolean {
  return /^(?:[a-z0-9]+\.)?dlq\./.test(subject);
}

/** Tells requests to run dead letters again. */
export function isRedrive({ subject }: OutgoingMessage): boolean {
  return /^(?:[a-z0-9]+\.)?rdr\./.test(subject);
}
