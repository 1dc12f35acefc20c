import type { Clock } from "../core/clock.ts";
import type { Database } from "../core/database.ts";
import type { Probe } from "../core/probe.ts";

/** A column of {@link SqlDialect.rows}. */
export type ListedColumn = readonly [name: string, type: "bigint" | "integer" | "text"];

/** The few places where the SQL of the two databases differs. */
export interface SqlDialect {
  /** Casts a placeholder to the type of `event_id`. */
  uuid(placeholder: string): string;
  /** A subquery whose column `value` has the elements of a placeholder that was bound to a {@link list}. */
  elements(placeholder: string, type: "bigint" | "text"): string;
  /** Gives several values as the value of one placeholder. */
  list(values: readonly (bigint | number | string)[]): unknown;
  /** A table of rows, for behind FROM, whose values are those of {@link rowValues} from `$1` on. */
  rows(columns: readonly ListedColumn[]): string;
  /** Gives rows as the values of the placeholders that {@link rows} names. */
  rowValues(rows: readonly (readonly (number | string)[])[]): unknown[];
  /** Locks the rows `p` of a SELECT, passing over those that another transaction holds. */
  readonly skipLocked: string;
  /** Locks the rows of a SELECT against changes. */
  readonly forShare: string;
  /**
   * A condition that is always true and lets the transaction's commit not wait for the disk: for what is merely repeated when
   * a crash of the database takes it back.
   */
  readonly withoutDisk: string;
  /** Statements that let one transaction at a time go on, with the scope's name as `$1`. */
  readonly lockScope: readonly string[];
}

/** What every store needs. */
export interface StoreContext<Db = unknown, Tx = unknown> {
  readonly database: Database<Db, Tx>;
  readonly dialect: SqlDialect;
  /** Gives a table's full name: `concord_outbox` or `"shop".concord_outbox`. */
  readonly table: (name: string) => string;
  readonly clock: Clock;
  /** Milliseconds since the epoch, or null for the database's own clock (trap T19). */
  readonly nowMs: () => number | null;
  /** Turns the placeholder that {@link nowMs} is bound to into an expression. */
  readonly now: (placeholder: string) => string;
  readonly probe?: Probe | undefined;
}
