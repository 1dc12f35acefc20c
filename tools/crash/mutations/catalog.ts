import { type Mutation, mutations } from "../../../sdk/ts/src/core/probe.ts";

/** What a safeguard is hunted with once it is taken away. */
export interface Prey {
  readonly mutation: Mutation;
  /** Where its code runs. */
  readonly transport: "memory" | "nats";
  /** Shows the fault in every run, whatever seeds find; below `sdk/ts/src`. */
  readonly test: string;
}

/** Safeguards of PostgreSQL and of the NATS client: memory has neither. */
const onServers: ReadonlySet<Mutation> = new Set([
  "no-key-lock",
  "lock-after-id",
  "cte-unreferenced",
  "unsorted-locks",
  "skip-locked-across-relays",
  "wrong-header-case",
  "local-clock-for-leases",
  "no-idle-timeout",
] as const);

const tests: Readonly<Record<Mutation, string>> = {
  "no-key-lock": "postgres/outbox-insert.server.test.ts",
  "lock-after-id": "postgres/outbox-insert.server.test.ts",
  "cte-unreferenced": "postgres/outbox-insert.server.test.ts",
  "unsorted-locks": "postgres/outbox-insert.server.test.ts",
  "cursor-by-id": "outbox/relay.test.ts",
  "skip-locked-across-relays": "postgres/outbox-read.server.test.ts",
  "delete-before-ack": "outbox/relay.test.ts",
  "two-outstanding-of-a-key": "outbox/relay.test.ts",
  "go-on-after-failure": "outbox/relay.test.ts",
  "no-message-id": "outbox/relay.test.ts",
  "wrong-header-case": "nats/headers.server.test.ts",
  "new-event-id-on-retry": "publish/create-publisher.test.ts",
  "no-one-by-one-fallback": "outbox/send-in-batches.test.ts",
  "no-size-check": "core/prepare-event.test.ts",
  "quarantine-blocks-all": "outbox/relay-failure.test.ts",
  "quarantine-blocks-none": "outbox/relay-failure.test.ts",
  "position-before-commit": "consume/random.test.ts",
  "inbox-outside-transaction": "consume/random.test.ts",
  "inbox-without-source": "testing/compliance/stores/inbox.ts",
  "inbox-without-consumer": "testing/compliance/stores/inbox.ts",
  "no-inbox-row-for-parked": "consume/random.test.ts",
  "no-tail-parking": "consume/random.test.ts",
  "runner-ignores-order": "consume/random.test.ts",
  "session-continues-after-gap": "consume/random.test.ts",
  "position-beyond-prefix": "consume/position.test.ts",
  "dead-letter-outside-transaction": "consume/random.test.ts",
  "redrive-leaves-inbox-row": "consume/redrive.test.ts",
  "too-old-handled": "consume/redrive.test.ts",
  "day-by-arrival": "testing/compliance/stores/inbox-days.ts",
  "attempts-counted-on-drain": "consume/drain.test.ts",
  "local-clock-for-leases": "testing/compliance/stores/lease.ts",
  "partition-by-raw-key": "core/prepare-event.test.ts",
  "sqlite-without-mutex": "sqlite/open-sqlite.test.ts",
  "no-idle-timeout": "postgres/clients.server.test.ts",
  "stream-regression-ignored": "consume/stream-loss.test.ts",
};

/** All safeguards that can be taken away, in the order of `core/probe.ts`. */
export const prey: readonly Prey[] = mutations.map((mutation) => ({
  mutation,
  transport: onServers.has(mutation) ? "nats" : "memory",
  test: tests[mutation],
}));
