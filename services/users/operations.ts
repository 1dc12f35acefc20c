import { ConcordError, type Sql } from "@concord/sdk";
import * as accounts from "./accounts.ts";

/** A wish to move a balance: up when `minorUnits` is above 0, down when it is below. */
export interface Operation {
  readonly operationId: string;
  readonly userId: string;
  readonly minorUnits: bigint;
  readonly currency: string;
}

/**
 * Moves a balance once, however often the operation comes; a repetition gets the balance that the first one left.
 * @throws {ConcordError} `not_found` for an unknown user; `invalid_argument` when the balance is too small or in another
 *   currency; `failed_precondition` when the operation was another one before, or was taken back.
 */
export async function apply(sql: Sql, operation: Operation): Promise<accounts.Balance> {
  const { operationId, userId, minorUnits } = operation;
  const { balance } = await accounts.get(sql, userId);
  if (operation.currency !== balance.currency) {
    throw refuse("amount.currency", `the balance of user ${userId} is in ${balance.currency}`);
  }
  if (!(await record(sql, operation))) return repeat(sql, operation, balance.currency);
  const moved = await move(sql, userId, minorUnits);
  await sql.query("UPDATE operation SET balance_after_minor = $2 WHERE operation_id = $1", [operationId, moved]);
  return { minorUnits: moved, currency: balance.currency };
}

/**
 * Takes an operation back, once; one that has not come yet never moves anything.
 * @throws {ConcordError} `not_found` for an unknown user; `failed_precondition` when the operation is another user's;
 *   `invalid_argument` when it added what has been spent since.
 */
export async function reverse(
  sql: Sql,
  { operationId, userId }: Pick<Operation, "operationId" | "userId">,
): Promise<accounts.Balance> {
  const { balance } = await accounts.get(sql, userId);
  await record(sql, { operationId, userId, minorUnits: 0n });
  const known = await find(sql, operationId);
  if (known?.userId !== userId) throw reused(operationId);
  const taken = await sql.query(
    "UPDATE operation SET reversed = 1 WHERE operation_id = $1 AND reversed = 0 RETURNING 1",
    [operationId],
  );
  if (taken.length === 0 || known.minorUnits === 0n) return (await accounts.get(sql, userId)).balance;
  return { minorUnits: await move(sql, userId, -known.minorUnits), currency: balance.currency };
}

/** Claims the operation's id; false when it was claimed before. */
async function record(sql: Sql, { operationId, userId, minorUnits }: Omit<Operation, "currency">): Promise<boolean> {
  const rows = await sql.query(
    `INSERT INTO operation (operation_id, user_id, minor_units, balance_after_minor) VALUES ($1, $2, $3, 0)
     ON CONFLICT (operation_id) DO NOTHING RETURNING operation_id`,
    [operationId, userId, minorUnits],
  );
  return rows.length > 0;
}

async function repeat(
  sql: Sql,
  { operationId, userId, minorUnits }: Operation,
  currency: string,
): Promise<accounts.Balance> {
  const known = await find(sql, operationId);
  if (known?.reversed) {
    throw new ConcordError("failed_precondition", `operation ${operationId} was taken back; use another id`);
  }
  if (known?.userId !== userId || known.minorUnits !== minorUnits) throw reused(operationId);
  return { minorUnits: known.balanceAfter, currency };
}

/** Compares and changes in one statement, so that two operations at once cannot both spend the last of a balance. */
async function move(sql: Sql, userId: string, minorUnits: bigint): Promise<bigint> {
  const [row] = await sql.query<{ balance_minor: Integer }>(
    `UPDATE account SET balance_minor = balance_minor + $2 WHERE user_id = $1 AND balance_minor + $2 >= 0
     RETURNING balance_minor`,
    [userId, minorUnits],
  );
  if (row) return BigInt(row.balance_minor);
  throw refuse("amount", `the balance of user ${userId} is too small`);
}

type Integer = number | string | bigint;

async function find(sql: Sql, operationId: string) {
  const [row] = await sql.query<{
    user_id: string;
    minor_units: Integer;
    balance_after_minor: Integer;
    reversed: Integer;
  }>("SELECT user_id, minor_units, balance_after_minor, reversed FROM operation WHERE operation_id = $1", [
    operationId,
  ]);
  return (
    row && {
      userId: row.user_id,
      minorUnits: BigInt(row.minor_units),
      balanceAfter: BigInt(row.balance_after_minor),
      reversed: Number(row.reversed) === 1,
    }
  );
}

function refuse(field: string, message: string): ConcordError {
  return new ConcordError("invalid_argument", `${field}: ${message}`, { details: { field } });
}

function reused(operationId: string): ConcordError {
  return new ConcordError("failed_precondition", `operation ${operationId} is another one; use a new id for a new one`);
}
