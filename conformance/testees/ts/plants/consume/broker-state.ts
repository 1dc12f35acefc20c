import { randomBytes } from "node:crypto";
import type { Delivery } from "@concord/sdk";
import type { Plant } from "../plant.ts";
import { altered, delivering, replacing } from "../wire/messages.ts";

const lookMs = 10;

/** Never tells the broker that it is still at work (trap T10). */
export const noProgress: Plant = {
  transport: delivering((delivery) => altered(delivery, { extend: () => {} })),
};

/** Takes many events from the broker ahead of its handlers, and lets them lie (trap T10). */
export const prefetch256: Plant = {
  transport: (transport) =>
    replacing(transport, {
      async *consume(request) {
        const lying: Delivery[] = [];
        const filling = fill(transport.consume({ ...request, maxAckPending: 256 }), lying);
        while (!request.signal.aborted) {
          const next = lying.shift();
          if (next) yield [next];
          else await new Promise((resolve) => setTimeout(resolve, lookMs));
        }
        await filling;
      },
    }),
};

async function fill(deliveries: AsyncIterable<readonly Delivery[]>, lying: Delivery[]): Promise<void> {
  for await (const batch of deliveries) {
    lying.push(...batch.map((delivery) => altered(delivery, { extend: () => {} })));
  }
}

/** Gives each replica durables of its own, so that every one handles every event (trap T23). */
export const ownDurables: Plant = {
  transport: (transport) => {
    const replica = randomBytes(3).toString("hex");
    return replacing(transport, {
      consume: (request) => transport.consume({ ...request, durable: `${request.durable}-${replica}` }),
    });
  },
};

/** Goes on with the key's next event while one waits (trap T14). */
export const nakNoTail: Plant = { acknowledging: (options) => ({ ...options, order: "none" }) };
