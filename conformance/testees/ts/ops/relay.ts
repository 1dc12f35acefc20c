import type { Op } from "./op.ts";

/** Sends what the outbox holds: until nothing is left that can be sent, or until it is stopped. */
export const relayRun: Op<"relayRun"> = async ({ until }, { session }) => {
  if (until !== "stop") return session.relaying.untilIdle();
  await session.relaying.start();
  return { published: 0, quarantined: 0 };
};

/** Stops a relay that runs. */
export const relayStop: Op<"relayStop"> = (_, { session }) => session.relaying.stop();
