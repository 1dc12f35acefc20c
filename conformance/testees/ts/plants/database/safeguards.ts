import type { Mutation } from "@concord/sdk";
import type { Plant } from "../plant.ts";

/** Faults that are the absence of one safeguard of the SDK, see `mutations` in its `core/probe.ts`. */
const missing: Readonly<Record<string, Mutation>> = {
  "no-key-lock": "no-key-lock",
  "unsorted-locks": "unsorted-locks",
  cursor: "cursor-by-id",
  "deletes-first": "delete-before-ack",
  "poison-blocks": "quarantine-blocks-all",
  "poison-passes": "quarantine-blocks-none",
  "position-first": "position-before-commit",
  "row-outside-tx": "inbox-outside-transaction",
  "letter-outside-tx": "dead-letter-outside-transaction",
  "inbox-by-id": "inbox-without-source",
  "too-old-run": "too-old-handled",
  "redrive-swallowed": "redrive-leaves-inbox-row",
  "session-goes-on": "session-continues-after-gap",
  "trusts-position": "stream-regression-ignored",
  "app-clock": "local-clock-for-leases",
  "parks-one": "no-tail-parking",
  "unparks-any": "runner-ignores-order",
};

/** Each of them by its name. */
export const safeguardPlants: Readonly<Record<string, Plant>> = Object.fromEntries(
  Object.entries(missing).map(([name, mutation]) => [name, { without: [mutation] }]),
);
