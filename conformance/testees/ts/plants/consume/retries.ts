import { RetryLaterError, systemClock } from "@concord/sdk";
import type { Plant } from "../plant.ts";
import { altered, delivering } from "../wire/messages.ts";

/** Gives an event back without a delay, so that it runs again at once (trap T12). */
export const bareNak: Plant = {
  transport: delivering((delivery) => altered(delivery, { retry: () => delivery.retry(0) })),
};

/** Counts a wait that the handler asked for as a failed attempt. */
export const laterCounts: Plant = {
  middlewares: (own) => [
    (next) => async (attempt) => {
      try {
        await next(attempt);
      } catch (error) {
        throw error instanceof RetryLaterError ? new Error("counted") : error;
      }
    },
    ...own,
  ],
};

/** Waits for the next attempt where a handler could run (trap T27). */
export const retryInSlot: Plant = {
  middlewares: (own) => [
    (next) => async (attempt) => {
      try {
        await next(attempt);
      } catch (error) {
        await systemClock.sleep(1_500);
        throw error;
      }
    },
    ...own,
  ],
};

/** Lets a handler go on when its time is up, and takes what it does for done. */
export const lateCommit: Plant = {
  acknowledging: (options) => ({ ...options, retry: { ...options.retry, handlerTimeoutMs: 60_000 } }),
};
