import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { createValidation } from "@concord/sdk";
import { createRpcServer, type RpcServerOptions, rpcRoute } from "@concord/sdk/rpc";
import { type FuzzSend, sendOverHttp } from "./rpc-fuzz.ts";
import type { FuzzedProtocol } from "./rpc-fuzz-frames.ts";
import { compileLab } from "./rpc-lab.ts";

/** A server that is fuzzed, with everything on that a service has. */
export interface FuzzTarget extends AsyncDisposable {
  readonly url: string;
  readonly send: FuzzSend;
}

const restPaths = [
  "POST /inventory",
  "GET /inventory/a",
  "POST /orders",
  "GET /orders/o-1",
  "POST /orders/o-1/cancel",
  "PUT /api/orders/o-1/status",
  "GET /api/orders?page_size=x&status=CHEQUE",
];

/** Opens a server and the way to it in one protocol. */
export async function openFuzzTarget(
  protocol: FuzzedProtocol,
  options: Partial<RpcServerOptions> = {},
): Promise<FuzzTarget> {
  const lab = rpcRoute(compileLab().service, { say: ({ text }) => ({ text }), look: ({ text }) => ({ text }) });
  const inventory = rpcRoute(InventoryService, { getStock: () => ({}), putProduct: () => ({}) });
  const orders = rpcRoute(OrderService, { createOrder: () => ({}), getOrder: () => ({}), listOrders: () => ({}) });
  const server = await createRpcServer({
    name: "lab",
    routes: [lab, inventory, orders],
    validate: createValidation(),
    ...options,
  });
  const paths = protocol === "rest" ? restPaths : ["/lab.v1.LabService/Say", "/lab.v1.LabService/Look"];
  const send = sendOverHttp({ url: server.url, protocol, paths });
  return {
    url: server.url,
    send,
    async [Symbol.asyncDispose]() {
      send[Symbol.dispose]();
      await server.close(1_000);
    },
  };
}
