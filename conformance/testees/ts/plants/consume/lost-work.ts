import type { Plant } from "../plant.ts";
import { altered, replacing } from "../wire/messages.ts";

/** Leaves what it had in hand to the broker's clock when it stops. */
export const keepsBuffer: Plant = {
  transport: (transport) =>
    replacing(transport, {
      async *consume(request) {
        for await (const batch of transport.consume({ ...request, signal: new AbortController().signal })) {
          if (request.signal.aborted) return;
          yield batch.map((delivery) =>
            altered(delivery, {
              retry: async (delayMs) => (request.signal.aborted ? undefined : delivery.retry(delayMs)),
            }),
          );
        }
      },
    }),
};

/** Repeats an event for ever, so that it holds its key for ever. */
export const neverGivesUp: Plant = {
  acknowledging: (options) => ({
    ...options,
    retry: { ...options.retry, maxAttempts: 1_000_000 },
    maxDeliveries: 1_000_000,
  }),
};

/** Takes only what comes after it has begun (trap T24). */
export const fromNow: Plant = {
  transport: (transport) =>
    replacing(transport, {
      async *consume(request) {
        const beganAtMs = Date.now();
        for await (const batch of transport.consume(request)) {
          const [fresh, old] = [batch.filter(isFresh), batch.filter((each) => !isFresh(each))];
          await Promise.all(old.map((delivery) => delivery.ack()));
          if (fresh.length > 0) yield fresh;
        }
        function isFresh({ storedAtMs }: { readonly storedAtMs: number }): boolean {
          return storedAtMs >= beganAtMs;
        }
      },
    }),
};
