import type { Random } from "../core/clock.ts";
import type { EventContract } from "../core/contract/event-contract.ts";
import type { RetryPolicy } from "../core/contract/retry-policy.ts";
import type { Database } from "../core/database.ts";
import type { IncomingEvent } from "../core/handler.ts";
import type { StoredMessage } from "../core/message.ts";
import type { Outbox } from "../core/outbox.ts";
import type { Probe, ProbePoint } from "../core/probe.ts";
import type { Stores } from "../core/store/stores.ts";
import type { DatabaseTrouble } from "./database-trouble.ts";

/** What every step of the inbox works with; resolved once from the options. */
export interface InboxParts {
  readonly service: string;
  readonly namespace: string | undefined;
  readonly database: Database<unknown, unknown>;
  readonly stores: Pick<Stores, "inbox" | "parking">;
  readonly outbox: Outbox;
  readonly decode: (message: StoredMessage) => IncomingEvent | undefined;
  readonly parkAboveMs: number;
  readonly random: Random;
  readonly trouble: DatabaseTrouble;
  readonly probe: Probe | undefined;
  retryOf(contract: EventContract): RetryPolicy;
  reach(point: ProbePoint): Promise<void>;
}
