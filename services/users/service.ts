import { BalanceChange, UserCreatedSchema, UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { createService } from "@concord/sdk";
import { createOwnerCheck } from "@concord/sdk/rpc";
import * as accounts from "./accounts.ts";
import * as operations from "./operations.ts";
import { startUsers } from "./start-data.ts";

/** Customers see what is theirs, these see it of everybody. */
const requireOwner = createOwnerCheck({ roles: ["staff", "service"] });

/** All balances are in one currency. */
const currency = "USD";

/** Keeps users and what they can pay with; each operation moves a balance once. */
export const users = createService({
  name: "users",
  migrations: new URL("./migrations/", import.meta.url),
  seed: async ({ tx, clock }) => {
    for (const { minorUnits, ...user } of startUsers) {
      const { userId } = await accounts.insert(tx, { ...user, currency, createdAtMs: clock.now() });
      if (minorUnits > 0n) await operations.apply(tx, { operationId: `start-${userId}`, userId, minorUnits, currency });
    }
  },
});

users.rpc(UserService, {
  createUser: ({ username, email, fullName }, { transaction }) =>
    transaction(async ({ tx, publish, clock, newId }) => {
      const user = { userId: newId(), username, email, fullName };
      const account = await accounts.insert(tx, { ...user, currency, createdAtMs: clock.now() });
      await publish(UserCreatedSchema, user);
      return { user: accounts.toMessage(account) };
    }),
  getUser: async ({ userId }, { db, caller }) => {
    requireOwner(caller, userId, `user ${userId}`);
    return { user: accounts.toMessage(await accounts.get(db, userId)) };
  },
  listUsers: async ({ pageSize, pageToken }, { db }) => {
    const limit = pageSize || 20;
    const found = await accounts.list(db, { after: pageToken, limit: limit + 1 });
    const page = found.slice(0, limit);
    const nextPageToken = found.length > limit ? (page.at(-1)?.userId ?? "") : "";
    return { users: page.map(accounts.toMessage), nextPageToken };
  },
  getBalance: async ({ userId }, { db, caller }) => {
    requireOwner(caller, userId, `the balance of user ${userId}`);
    const { balance } = await accounts.get(db, userId);
    return { userId, balance };
  },
  adjustBalance: ({ userId, operationId, change, amount }, { transaction }) => {
    const size = amount?.minorUnits ?? 0n;
    const minorUnits = change === BalanceChange.DEDUCT ? -size : size;
    const operation = { operationId, userId, minorUnits, currency: amount?.currency ?? "" };
    return transaction(async ({ tx }) => ({ userId, balance: await operations.apply(tx, operation) }));
  },
  reverseOperation: ({ userId, operationId }, { transaction }) =>
    transaction(async ({ tx }) => ({ userId, balance: await operations.reverse(tx, { userId, operationId }) })),
});

if (import.meta.main) await users.run();
