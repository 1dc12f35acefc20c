import type { JsonObject } from "../suite/json.ts";

/** A database of one service of a case, read and changed by the runner itself. */
export interface CaseDatabase {
  readonly dialect: "postgres" | "sqlite";
  /** What a testee connects to. */
  readonly url: string;
  /** Port of the server, to put a proxy before it; undefined for a file. */
  readonly port: number | undefined;
  /** Rows in the order of the table's primary key; numbers as strings, bytes as hex. None when there is no such table. */
  rows(table: string): Promise<readonly JsonObject[]>;
  /** Runs a statement with values in place of `?`. */
  execute(sql: string, values?: readonly unknown[]): Promise<void>;
  /** Refuses connections and breaks those that are open, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  snapshot(): Promise<void>;
  restore(): Promise<void>;
  /** Opens a transaction that has written something; with a key it holds that key's lock, as a publisher does. */
  holdTransaction(key?: string): Promise<void>;
  endTransaction(): Promise<void>;
  disconnect(): Promise<void>;
  /** Removes it. */
  drop(): Promise<void>;
}

/** Whether a name can stand in a statement as it is. */
export function checkedName(name: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(name)) return name;
  throw new Error(`"${name}" is no name of a table or column`);
}

/** A value of a row as the suites see it. */
export function cell(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
