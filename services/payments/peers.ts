import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { createRpcClient } from "@concord/sdk/rpc";

/** Clients of the services that payments asks; drawn for each call, so that they need not run before payments does. */
export interface Peers {
  readonly orders: () => ReturnType<typeof createRpcClient<typeof OrderService>>;
  readonly users: () => ReturnType<typeof createRpcClient<typeof UserService>>;
}

/** The peers at `ORDERS_URL` and `USERS_URL`; a call waits two seconds unless it says otherwise. */
export function createPeers(): Peers {
  let orders: ReturnType<Peers["orders"]> | undefined;
  let users: ReturnType<Peers["users"]> | undefined;
  const timeoutMs = 2_000;
  return {
    orders: () => {
      orders ??= createRpcClient(OrderService, { url: process.env.ORDERS_URL ?? "http://127.0.0.1:8083", timeoutMs });
      return orders;
    },
    users: () => {
      users ??= createRpcClient(UserService, { url: process.env.USERS_URL ?? "http://127.0.0.1:8085", timeoutMs });
      return users;
    },
  };
}
