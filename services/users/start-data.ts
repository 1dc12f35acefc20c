/** The users of a new shop and what they can pay with, in cents. */
export const startUsers = [
  user("1", "alice", "Alice", 50_000n),
  user("2", "bob", "Bob", 30_000n),
  user("3", "charlie", "Charlie", 15_000n),
  user("ada", "ada", "Ada", 0n),
  user("user-123", "user-123", "User 123", 0n),
  user("user-456", "user-456", "User 456", 0n),
  user("user-789", "user-789", "User 789", 0n),
];

function user(userId: string, username: string, fullName: string, minorUnits: bigint) {
  return { userId, username, fullName, email: `${username}@example.com`, minorUnits };
}
