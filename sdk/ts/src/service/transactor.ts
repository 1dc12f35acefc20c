import type { Clock, Random } from "../core/clock.ts";
import type { Database } from "../core/database.ts";
import { ConcordError, isConcordError } from "../core/error.ts";
import type { Outbox } from "../core/outbox.ts";
import type { EventPreparer } from "../core/prepare-event.ts";
import { createPublisher } from "../publish/create-publisher.ts";
import type { CallStep } from "../rpc/index.ts";
import type { BrokerLink } from "./broker-link.ts";
import type { Surroundings, TransactionScope } from "./definition.ts";

/** Runs work in a transaction of the service's database, with publishing that belongs to it. */
export type Transact = <Result>(
  run: (scope: TransactionScope<unknown>) => Promise<Result>,
  options?: TransactChoice,
) => Promise<Result>;

/** What may be said about one transaction. */
export interface TransactChoice {
  readonly signal?: AbortSignal | undefined;
  /** Of an RPC call with an idempotency key: what an earlier run of it has committed is not run again. */
  readonly step?: CallStep | undefined;
}

/** What {@link createTransact} works with. */
export interface TransactOptions {
  readonly database: Database<unknown, unknown>;
  readonly outbox: Outbox;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly random: Random;
}

/** A process that freezes in a transaction keeps others from the keys that it publishes for so long, in milliseconds. */
const idleTimeoutMs = 60_000;

/** Runs of one transaction before a conflict is given to the caller. */
const maxRuns = 5;

/**
 * Makes the function behind `transaction(...)`: rows and events are one commit. A transaction that the database chose as
 * the victim of a conflict runs again, up to five times, so its function must have no effects outside the database.
 */
export function createTransact({ database, outbox, surroundings, clock, random }: TransactOptions): Transact {
  return async (run, { signal, step } = {}) => {
    for (let runs = 1; ; runs++) {
      try {
        const { result, committed } = await database.transaction(
          async (tx) => {
            const scope = outbox.within(tx, { buffer: true });
            const { publish, send, publishAll } = scope;
            const work = () => run({ ...surroundings, tx, publish, send, publishAll });
            const result = await (step ? step.once(tx, work) : work());
            await scope.flush();
            return { result, committed: scope.committed };
          },
          { signal, idleTimeoutMs },
        );
        await committed();
        return result;
      } catch (error) {
        if (runs === maxRuns || !isConcordError(error, "transaction_conflict")) throw error;
        await clock.sleep(random() * 20 * runs, signal);
      }
    }
  };
}

/** What {@link createPublishingTransact} works with. */
export interface PublishingTransactOptions {
  readonly link: BrokerLink;
  readonly preparer: EventPreparer;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes the function behind `transaction(...)` of a stateless service: there is nothing to commit, and each publication
 * resolves when the broker has stored it.
 */
export function createPublishingTransact(options: PublishingTransactOptions): Transact {
  const { link, preparer, surroundings, clock, random } = options;
  return async (run) => {
    const { transport } = link;
    if (!transport) throw new ConcordError("unavailable", "the broker is not connected yet; try again in a moment");
    const { publish, send, publishAll } = createPublisher({ transport, preparer, clock, random });
    return run({ ...surroundings, tx: undefined, publish, send, publishAll });
  };
}
