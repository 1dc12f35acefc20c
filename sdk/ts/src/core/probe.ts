/**
 * Every gap between two steps where a crash must be harmless (conformance.md section 2, delivery.md section 8). A point is
 * reached after the step that it names.
 */
export const probePoints = [
  "outbox.insert",
  "outbox.commit",
  "relay.claim",
  "relay.batch",
  "relay.publish",
  "relay.delete",
  "relay.commit",
  "relay.quarantine",
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
  "redrive.flip",
  "redrive.run",
  "lease.acquire",
  "lease.renew",
  "lease.release",
  "drain.stop",
  "drain.store",
  "drain.release",
] as const;

/** One gap between two steps. */
export type ProbePoint = (typeof probePoints)[number];

/**
 * Every safeguard that a proof can take away, to see that a check notices (delivery.md section 9). The name says what is
 * then missing or wrong.
 */
export const mutations = [
  "no-key-lock",
  "lock-after-id",
  "cte-unreferenced",
  "unsorted-locks",
  "cursor-by-id",
  "skip-locked-across-relays",
  "delete-before-ack",
  "two-outstanding-of-a-key",
  "go-on-after-failure",
  "no-message-id",
  "wrong-header-case",
  "new-event-id-on-retry",
  "no-one-by-one-fallback",
  "no-size-check",
  "quarantine-blocks-all",
  "quarantine-blocks-none",
  "position-before-commit",
  "inbox-outside-transaction",
  "inbox-without-source",
  "inbox-without-consumer",
  "no-inbox-row-for-parked",
  "no-tail-parking",
  "runner-ignores-order",
  "session-continues-after-gap",
  "position-beyond-prefix",
  "dead-letter-outside-transaction",
  "redrive-leaves-inbox-row",
  "too-old-handled",
  "day-by-arrival",
  "attempts-counted-on-drain",
  "local-clock-for-leases",
  "partition-by-raw-key",
  "sqlite-without-mutex",
  "no-idle-timeout",
  "stream-regression-ignored",
] as const;

/** One safeguard that can be taken away. */
export type Mutation = (typeof mutations)[number];

/**
 * Lets a proof stop the work at any gap and take safeguards away. Handed in through options and absent in production, where
 * `probe?.…` costs one check for undefined and runs nothing (ADR 0008).
 */
export interface Probe {
  /** Called when a gap is reached; the work goes on when it resolves, and dies with it when it throws. */
  reach(point: ProbePoint): Promise<void>;
  /** Tells whether a safeguard is taken away. */
  without(mutation: Mutation): boolean;
}
