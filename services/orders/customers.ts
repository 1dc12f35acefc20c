import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { ConcordError, createBreaker, isConcordError, type Sql } from "@concord/sdk";
import { createRpcClient, tokenFromFile } from "@concord/sdk/rpc";

/** Resolves for a user who may order; refuses an unknown one with `not_found`. */
export type AskUser = (userId: string, signal: AbortSignal) => Promise<void>;

/**
 * Asks users by RPC for at most five seconds: less would refuse customers whenever a machine is busy. When it fails five
 * times in a row it is not asked for ten seconds. Without an address everybody may order, so that orders can be run alone.
 */
export function createAskUser(url: () => string | undefined): AskUser {
  const breaker = createBreaker({
    name: "users",
    failures: 5,
    resetMs: 10_000,
    ignore: (e) => isConcordError(e, "not_found"),
  });
  return async (userId, signal) => {
    const address = url();
    if (address === undefined) return;
    const token = tokenFromFile(process.env.SHOP_TOKEN_FILE);
    const client = createRpcClient(UserService, { url: address, timeoutMs: 5_000, token });
    await breaker.run(() => client.getUser({ userId }, { signal }));
  };
}

/** Refuses an unknown user with `not_found`. Who has ordered before is known, also while users is down. */
export async function requireUser(sql: Sql, userId: string, ask: AskUser, signal: AbortSignal): Promise<void> {
  const orders = await sql.query("SELECT order_id FROM customer_order WHERE user_id = $1 LIMIT 1", [userId]);
  if (orders.length > 0) return;
  try {
    await ask(userId, signal);
  } catch (error) {
    if (isConcordError(error, "not_found")) throw error;
    const message = `user ${userId} cannot be looked up now; order again in a moment`;
    throw new ConcordError("unavailable", message, { cause: error });
  }
}
