import { randomBytes } from "node:crypto";
import type { Plant } from "../plant.ts";
import { altered, delivering, replacing } from "../wire/messages.ts";

/** Never tells the broker that it is still at work (trap T10). */
export const noProgress: Plant = {
  transport: delivering((delivery) => altered(delivery, { extend: () => {} })),
};

/** Takes many events from the broker and lets them lie (trap T10). */
export const prefetch256: Plant = {
  transport: (transport) =>
    replacing(transport, {
      async *consume(request) {
        const held = transport.consume({ ...request, maxAckPending: 256 });
        for await (const batch of held) {
          for (const delivery of batch) yield [altered(delivery, { extend: () => {} })];
        }
      },
    }),
};

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
