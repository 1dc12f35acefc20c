import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { ConcordError } from "../core/error.ts";
import { splitStatements } from "../sql/split-statements.ts";
import { toSqliteError } from "./sqlite-error.ts";

/** Statements kept prepared per connection. */
const cachedStatements = 256;

/** One open handle on a database file. Its calls block; they are short. */
export interface SqliteConnection {
  /** Runs one statement with `$1`, `$2`, … and gives its rows. */
  run<Row>(text: string, values?: readonly unknown[]): Row[];
  /** True between `BEGIN` and the end of the transaction, whoever ends it. */
  readonly inTransaction: boolean;
  close(): void;
}

/** How a file is opened. */
export interface ConnectionOptions {
  readonly readOnly: boolean;
  /** How long a statement waits for another program's lock, in milliseconds, blocking the process. */
  readonly busyTimeoutMs: number;
}

/**
 * Opens a connection.
 *
 * Integers come back as numbers where a number holds them exactly, and as bigint beyond, so that nothing is rounded and
 * nothing throws. Booleans are bound as 0 and 1, dates as ISO 8601 text, `undefined` as null.
 * @throws {ConcordError} `unavailable` when the file cannot be opened.
 */
export function openConnection(path: string, { readOnly, busyTimeoutMs }: ConnectionOptions): SqliteConnection {
  const database = open(path, { readOnly, timeout: busyTimeoutMs });
  const statements = new Map<string, StatementSync>();

  const prepare = (text: string): StatementSync => {
    const cached = statements.get(text);
    if (cached !== undefined) {
      statements.delete(text);
      statements.set(text, cached);
      return cached;
    }
    const statement = prepareOne(database, text);
    statements.set(text, statement);
    for (const [oldest] of statements) {
      if (statements.size <= cachedStatements) break;
      statements.delete(oldest);
    }
    return statement;
  };

  return {
    run: <Row>(text: string, values: readonly unknown[] = []) => {
      if (!database.isOpen) throw new ConcordError("unavailable", `the database file ${path} was closed`);
      try {
        return prepare(text).all(toParameters(values)).map(toRow) as Row[];
      } catch (cause) {
        throw toSqliteError(cause, path);
      }
    },
    get inTransaction() {
      return database.isTransaction;
    },
    close: () => {
      statements.clear();
      database.close();
    },
  };
}

function open(path: string, options: { readOnly: boolean; timeout: number }): DatabaseSync {
  try {
    return new DatabaseSync(path, options);
  } catch (cause) {
    throw new ConcordError(
      "unavailable",
      `the database file ${path} cannot be opened; check that its folder exists and may be written`,
      { cause },
    );
  }
}

/** SQLite would run the first of several statements and forget the rest without a word. */
function prepareOne(database: DatabaseSync, text: string): StatementSync {
  if (text.includes(";") && splitStatements(text).length > 1) {
    throw new ConcordError("invalid_argument", "a query holds several statements; send them one by one");
  }
  const statement = database.prepare(text);
  statement.setReadBigInts(true);
  return statement;
}

/** node:sqlite knows `$1` only as a name: by position, `$2` before `$1` would be swapped. */
function toParameters(values: readonly unknown[]): Record<string, SQLInputValue> {
  const parameters: Record<string, SQLInputValue> = {};
  for (let index = 0; index < values.length; index++) parameters[`$${index + 1}`] = toInput(values[index]);
  return parameters;
}

function toInput(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString();
  return value as SQLInputValue;
}

function toRow(row: Record<string, SQLOutputValue>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const name in row) plain[name] = toOutput(row[name]);
  return plain;
}

function toOutput(value: SQLOutputValue | undefined): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
