import type { Clock } from "../../../core/clock.ts";
import type { Database } from "../../../core/database.ts";
import type { Mutation, Probe } from "../../../core/probe.ts";
import type { Migrator, Stores } from "../../../core/store/stores.ts";

/** What is under test. */
export interface StoreComplianceOptions<Db, Tx> {
  /** Of the database and the client. */
  readonly name: string;
  /** Opens an empty database without tables. */
  open(): Promise<StoreBed<Db, Tx>>;
  /** Transactions run side by side, and several processes share the database. */
  readonly concurrent: boolean;
}

/** What a test may replace in the stores. */
export interface StoreChoice {
  readonly clock?: Clock;
  readonly probe?: Probe;
}

/** One test's database. */
export interface StoreBed<Db, Tx> extends AsyncDisposable {
  readonly database: Database<Db, Tx>;
  createStores(choice?: StoreChoice): Stores<Tx>;
  createMigrator(): Migrator;
  /** Lets time pass by the database's clock. */
  passTime(delayMs: number): Promise<void>;
  /** Makes the outbox go on with this id. */
  setNextId(id: bigint): Promise<void>;
  /** Resolves when so many transactions wait for another one. */
  untilWaiting(transactions: number): Promise<void>;
  /** Goes on with another connection to the same database. */
  reopen(): Promise<void>;
}

/** A database with Concord's tables and one of the service's own. */
export async function openBed<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): Promise<TestBed<Db, Tx>> {
  const bed = await options.open();
  await bed.createMigrator().migrate();
  await bed.database.query(bed.database.db, "CREATE TABLE effect (name text NOT NULL)");
  return {
    bed,
    stores: bed.createStores(),
    inTx: (run) => bed.database.transaction(run),
    write: async (tx, name) => {
      await bed.database.query(tx, "INSERT INTO effect (name) VALUES ($1)", [name]);
    },
    effects: async () => {
      const rows = await bed.database.query<{ name: string }>(bed.database.db, "SELECT name FROM effect ORDER BY name");
      return rows.map((row) => row.name);
    },
    [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
  };
}

/** What the tests of the suite use. */
export interface TestBed<Db, Tx> extends AsyncDisposable {
  readonly bed: StoreBed<Db, Tx>;
  readonly stores: Stores<Tx>;
  inTx<Result>(run: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** Writes a row of the service's own. */
  write(tx: Tx, name: string): Promise<void>;
  /** Names of the rows that were committed, sorted. */
  effects(): Promise<string[]>;
}

/** A probe that takes one safeguard away. */
export function without(mutation: Mutation): Probe {
  return { reach: async () => {}, without: (name) => name === mutation };
}

/** A clock that stands still. */
export function clockAt(nowMs: number): Clock {
  return { now: () => nowMs, sleep: () => new Promise(() => {}) };
}

/** A transaction that stays open until it is told how to end. */
export interface OpenTransaction<Tx> {
  readonly tx: Tx;
  commit(): Promise<void>;
  rollBack(): Promise<void>;
}

/** Begins a transaction and leaves it open. */
export async function begin<Db, Tx>(database: Database<Db, Tx>): Promise<OpenTransaction<Tx>> {
  const begun = Promise.withResolvers<Tx>();
  const ended = Promise.withResolvers<void>();
  const rolledBack = new Error("rolled back by the test");
  const running = database
    .transaction(async (tx) => {
      begun.resolve(tx);
      await ended.promise;
    })
    .catch((thrown) => {
      begun.reject(thrown);
      if (thrown !== rolledBack) throw thrown;
    });
  const tx = await begun.promise;
  const end = (finish: () => void) => () => {
    finish();
    return running;
  };
  return { tx, commit: end(ended.resolve), rollBack: end(() => ended.reject(rolledBack)) };
}
