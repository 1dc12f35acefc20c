import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { UserSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { ConcordError, type Sql } from "@concord/sdk";

/** What somebody can pay with. */
export interface Balance {
  readonly minorUnits: bigint;
  readonly currency: string;
}

/** A user as the database keeps it. */
export interface Account {
  readonly userId: string;
  readonly username: string;
  readonly email: string;
  readonly fullName: string;
  readonly balance: Balance;
  readonly createdAtMs: number;
}

/** Stores a new user with a balance of 0, or refuses a name that is taken with `already_exists`. */
export async function insert(
  sql: Sql,
  account: Omit<Account, "balance"> & { readonly currency: string },
): Promise<Account> {
  const { userId, username, email, fullName, currency, createdAtMs } = account;
  const inserted = await sql.query(
    `INSERT INTO account (user_id, username, email, full_name, currency, created_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING user_id`,
    [userId, username, email, fullName, currency, createdAtMs],
  );
  if (inserted.length > 0) return get(sql, userId);
  throw new ConcordError("already_exists", "username: is taken; choose another one", {
    details: { field: "username" },
  });
}

/** Gives a user, or refuses with `not_found`. */
export async function get(sql: Sql, userId: string): Promise<Account> {
  const [row] = await sql.query<AccountRow>("SELECT * FROM account WHERE user_id = $1", [userId]);
  if (row) return fromRow(row);
  throw new ConcordError("not_found", `no user ${userId}`);
}

/** Lists users in the order of their ids, behind the one named by `after`. */
export async function list(sql: Sql, { after, limit }: { after: string; limit: number }): Promise<readonly Account[]> {
  const rows = await sql.query<AccountRow>("SELECT * FROM account WHERE user_id > $1 ORDER BY user_id LIMIT $2", [
    after,
    limit,
  ]);
  return rows.map(fromRow);
}

/** A user as others see it. */
export function toMessage({ createdAtMs, ...rest }: Account): MessageInitShape<typeof UserSchema> {
  return { ...rest, createdAt: timestampFromMs(createdAtMs) };
}

type Integer = number | string | bigint;

interface AccountRow {
  user_id: string;
  username: string;
  email: string;
  full_name: string;
  balance_minor: Integer;
  currency: string;
  created_at_ms: Integer;
}

function fromRow(row: AccountRow): Account {
  return {
    userId: row.user_id,
    username: row.username,
    email: row.email,
    fullName: row.full_name,
    balance: { minorUnits: BigInt(row.balance_minor), currency: row.currency },
    createdAtMs: Number(row.created_at_ms),
  };
}
