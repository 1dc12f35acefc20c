import { systemClock } from "../sdk/ts/src/core/clock.ts";
import type { Database, Sql } from "../sdk/ts/src/core/database.ts";
import type { Stores } from "../sdk/ts/src/core/store/stores.ts";
import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { createIdGenerator } from "../sdk/ts/src/core/uuid7.ts";
import { createOutbox } from "../sdk/ts/src/outbox/outbox.ts";
import { createRelay } from "../sdk/ts/src/outbox/relay.ts";
import { createTransact } from "../sdk/ts/src/service/transactor.ts";
import { type Credited, createCreditPreparer, creditOf } from "./contract.ts";

/** What a service writes with: transactions that publish, and the relay behind them, put together as `createService` does. */
export interface WriteSide extends AsyncDisposable {
  /** Writes a row and publishes an event in one transaction. */
  credit(account: string): Promise<void>;
}

/** Starts a write side on a migrated database, which it closes in the end. */
export async function startWriteSide(
  credited: Credited,
  transport: Transport,
  { database, stores }: { readonly database: Database<Sql, Sql>; readonly stores: Stores<Sql> },
): Promise<WriteSide> {
  await database.db.query("CREATE TABLE IF NOT EXISTS credit (id text PRIMARY KEY, account text NOT NULL)");
  const [clock, random] = [systemClock, Math.random];
  const relay = createRelay({ store: stores.outbox, transport });
  const outbox = createOutbox({ store: stores.outbox, preparer: createCreditPreparer(credited), wake: relay.wake });
  const surroundings = { clock, newId: createIdGenerator({ clock, random }) };
  const transact = createTransact({ ...untyped({ database, outbox }), surroundings, clock, random });
  const stop = new AbortController();
  const relaying = relay.run(stop.signal);
  return {
    credit: (account) =>
      transact(async ({ tx, publish, newId }) => {
        await (tx as Sql).query("INSERT INTO credit (id, account) VALUES ($1, $2)", [newId(), account]);
        await publish(credited, creditOf(account));
      }),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await relaying;
      await database.close();
    },
  };
}

type Untyped = Pick<Parameters<typeof createTransact>[0], "database" | "outbox">;

/** A service's parts do not know the client's types; its handlers do. */
function untyped(parts: {
  readonly database: Database<Sql, Sql>;
  readonly outbox: ReturnType<typeof createOutbox<Sql>>;
}) {
  return parts as unknown as Untyped;
}
