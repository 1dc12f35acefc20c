import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { createBreaker, type RpcContext } from "@concord/sdk";
import { createRpcClient, tokenFromFile } from "@concord/sdk/rpc";

/** Clients of the services that payments asks; drawn for each call, so that they need not run before payments does. */
export interface Peers {
  readonly orders: () => ReturnType<typeof createRpcClient<typeof OrderService>>;
  readonly users: () => ReturnType<typeof createRpcClient<typeof UserService>>;
}

/**
 * The peers at `ORDERS_URL` and `USERS_URL`. A call waits five seconds unless it says otherwise; a peer that fails five times
 * in a row is not called for ten seconds.
 */
export function createPeers(): Peers {
  let orders: ReturnType<Peers["orders"]> | undefined;
  let users: ReturnType<Peers["users"]> | undefined;
  return {
    orders: () => {
      orders ??= createRpcClient(
        OrderService,
        clientOptions("orders", process.env.ORDERS_URL ?? "http://127.0.0.1:8083"),
      );
      return orders;
    },
    users: () => {
      users ??= createRpcClient(UserService, clientOptions("users", process.env.USERS_URL ?? "http://127.0.0.1:8085"));
      return users;
    },
  };
}

function clientOptions(name: string, url: string) {
  const token = tokenFromFile(process.env.SHOP_TOKEN_FILE);
  return { url, timeoutMs: 5_000, breaker: createBreaker({ name }), token };
}

/** How a peer is called on behalf of a call: as long as its caller waits, instead of five seconds. */
export function withinCall({ signal, timeLeftMs }: Pick<RpcContext, "signal" | "timeLeftMs">) {
  const leftMs = timeLeftMs();
  return leftMs === undefined ? { signal } : { signal, timeoutMs: leftMs };
}
