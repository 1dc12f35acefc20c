import type { Part, Role } from "./cast.ts";

/** What is done to a process, or to the connections of all. */
export type Accident =
  | { readonly kind: "kill"; readonly part: string }
  /** It dies the `nth` time that it comes to the point, if it ever does. */
  | { readonly kind: "die_at"; readonly part: string; readonly point: string; readonly nth: number }
  | { readonly kind: "freeze"; readonly part: string; readonly ms: number }
  /** The database ends every connection. */
  | { readonly kind: "disconnect" };

/** An accident, and how long after the one before. */
export interface PlannedAccident {
  readonly afterMs: number;
  readonly accident: Accident;
}

/** How long a lease lasts in a crash run, in milliseconds. */
export const leaseTtlMs = 800;

const leasePoints = ["lease.acquire", "lease.renew"];
const points: Readonly<Record<Role, readonly string[]>> = {
  producer: ["outbox.insert", "outbox.commit"],
  relay: ["relay.claim", "relay.batch", "relay.publish", "relay.delete", "relay.commit", ...leasePoints],
  consumer: [
    "inbox.receive",
    "inbox.dedupe",
    "inbox.handler",
    "inbox.commit",
    "inbox.position",
    "park.insert",
    "park.commit",
    "unpark.claim",
    "unpark.handler",
    "unpark.commit",
    "dead.insert",
    "dead.publish",
    ...leasePoints,
  ],
};

/** Plans the accidents of a run, one after the other; `below` draws. */
export function* planAccidents(parts: readonly Part[], below: (bound: number) => number): Generator<PlannedAccident> {
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)]!;
  for (;;) {
    const { name: part, role } = pick(parts);
    const dice = below(20);
    const afterMs = 150 + below(500);
    if (dice < 7) yield { afterMs, accident: { kind: "kill", part } };
    else if (dice < 15)
      yield { afterMs, accident: { kind: "die_at", part, point: pick(points[role]), nth: 1 + below(3) } };
    else if (dice < 18) yield { afterMs, accident: { kind: "freeze", part, ms: leaseTtlMs + below(leaseTtlMs) } };
    else yield { afterMs, accident: { kind: "disconnect" } };
  }
}
