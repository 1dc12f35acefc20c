import type { ConsumerInbox } from "./inbox-port.ts";
import type { Settler } from "./partition-session.ts";

/** Settles requests to run dead events again: each goes back to the database, where the parked runner finds it. */
export function createRedriveSettler(inbox: Pick<ConsumerInbox, "applyRedrive">, onParked: () => void): Settler {
  return {
    async settle(message) {
      const outcome = await inbox.applyRedrive(message);
      if (outcome.kind === "parked") onParked();
      return outcome;
    },
    // A request is in the database as soon as it is settled.
    spill: (message) => inbox.applyRedrive(message),
  };
}
