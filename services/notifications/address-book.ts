import type { Sql } from "@concord/sdk";

/** Where mails to one user go. */
export interface Address {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

/** The users of a new shop. */
export const startAddresses: readonly Address[] = [
  address("1", "Alice", "alice"),
  address("2", "Bob", "bob"),
  address("3", "Charlie", "charlie"),
  address("ada", "Ada", "ada"),
  address("user-123", "User 123", "user-123"),
  address("user-456", "User 456", "user-456"),
  address("user-789", "User 789", "user-789"),
];

/** Keeps an address; a later one of the same user replaces it. */
export async function put(sql: Sql, { userId, name, email }: Address): Promise<void> {
  await sql.query(
    `INSERT INTO address (user_id, name, email) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, email = excluded.email`,
    [userId, name, email],
  );
}

/** Gives a user's address, undefined for a user nobody has told us of. */
export async function find(sql: Sql, userId: string): Promise<Address | undefined> {
  const [row] = await sql.query<{ name: string; email: string }>("SELECT name, email FROM address WHERE user_id = $1", [
    userId,
  ]);
  return row && { userId, name: row.name, email: row.email };
}

function address(userId: string, name: string, mailbox: string): Address {
  return { userId, name, email: `${mailbox}@example.com` };
}
