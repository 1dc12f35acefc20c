import { BalanceChange } from "@concord/gen/shop/users/v1/users_pb.js";
import { isConcordError } from "@concord/sdk";
import type { Peers } from "./peers.ts";
import type { Provider } from "./provider.ts";

/** A provider that moves the balances of users; users itself knows which operations it has seen. */
export function createBalanceProvider({ users }: Pick<Peers, "users">): Provider {
  return {
    charge: async ({ operationId, userId, minorUnits, currency }) => {
      const deduction = { userId, operationId, change: BalanceChange.DEDUCT, amount: { minorUnits, currency } };
      try {
        await users().adjustBalance(deduction, withKey(operationId));
        return true;
      } catch (error) {
        if (cannotPay.some((code) => isConcordError(error, code))) return false;
        throw error;
      }
    },
    refund: async ({ operationId, userId }) => {
      await users().reverseOperation({ userId, operationId }, withKey(operationId));
    },
  };
}

/** Too little money or none in that currency; the operation was taken back before it came. */
const cannotPay = ["invalid_argument", "failed_precondition"] as const;

function withKey(key: string) {
  return { headers: { "idempotency-key": key } };
}
