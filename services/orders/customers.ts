import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { ConcordError, createBreaker, isConcordError } from "@concord/sdk";
import { createRpcClient } from "@concord/sdk/rpc";

/** Resolves for a user who may order; refuses an unknown one with `not_found`. */
export type AskUser = (userId: string, signal: AbortSignal) => Promise<void>;

/**
 * Asks users by RPC for at most a second. When it fails five times in a row it is not asked for ten seconds. Without an
 * address everybody may order, so that orders can be run alone.
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
    try {
      const client = createRpcClient(UserService, { url: address, timeoutMs: 1_000 });
      await breaker.run(() => client.getUser({ userId }, { signal }));
    } catch (error) {
      if (isConcordError(error, "not_found")) throw error;
      throw new ConcordError("unavailable", `user ${userId} cannot be looked up now; order again in a moment`, {
        cause: error,
      });
    }
  };
}
