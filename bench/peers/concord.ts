import type { Database, Sql } from "../../sdk/ts/src/core/database.ts";
import type { Transport } from "../../sdk/ts/src/core/transport.ts";
import { createOutbox } from "../../sdk/ts/src/outbox/outbox.ts";
import { createRelay } from "../../sdk/ts/src/outbox/relay.ts";
import { createPostgresMigrator, createPostgresStores } from "../../sdk/ts/src/postgres/index.ts";
import { accountOf, type Credited, createCreditPreparer, creditOf } from "../contract.ts";
import { accounts } from "../reader.ts";
import type { Queue } from "./queue.ts";

/** Opens our own outbox and relay. */
export async function openConcord(
  database: Database<Sql, Sql>,
  transport: Transport,
  credited: Credited,
): Promise<Queue> {
  await createPostgresMigrator(database).migrate();
  const store = createPostgresStores(database).outbox;
  const outbox = createOutbox({ store, preparer: createCreditPreparer(credited) });
  return {
    name: "concord",
    async add(tx, account) {
      const scope = outbox.within(tx, { buffer: true });
      await scope.publish(credited, creditOf(account));
      await scope.flush();
    },
    async fill(count) {
      for (let from = 0; from < count; from += 1_000) {
        const inits = Array.from({ length: 1_000 }, (_, index) => creditOf(accountOf(from + index, accounts)));
        await database.transaction((tx) => outbox.within(tx).publishAll(credited, inits));
      }
    },
    drain: () => createRelay({ store, transport }).runUntilIdle(),
    [Symbol.asyncDispose]: async () => {},
  };
}
