import type { Sql } from "../../sdk/ts/src/core/database.ts";

/** Brings one message to the broker, once for each id, and resolves when it is stored. */
export type Forward = (id: string, body: Uint8Array) => Promise<unknown>;

/** What keeps messages in the database until they are at the broker: our outbox, or a job queue used as one. */
export interface Queue extends AsyncDisposable {
  readonly name: string;
  /** Stores one message of 512 bytes within a transaction. */
  add(tx: Sql, account: string): Promise<unknown>;
  /** Stores so many messages, however that is fastest. */
  fill(count: number): Promise<void>;
  /** Brings all that is stored to the broker and takes it out of the database. */
  drain(count: number): Promise<void>;
}
