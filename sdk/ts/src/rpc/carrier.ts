import { createUniversalHandlerClient, type UniversalClientFn } from "@connectrpc/connect/protocol";
import type { RpcRouter } from "./router.ts";

/** What carries calls other than HTTP: NATS, or the memory of this process. */
export interface RpcCarrier {
  /** Sends a request of the Connect protocol and gives its response. */
  readonly send: UniversalClientFn;
}

/**
 * Carries calls to a router in this process: everything but the network is as it is over one, with interceptors, limits,
 * serialization and deadlines.
 */
export function createLocalCarrier(router: RpcRouter): RpcCarrier {
  return { send: createUniversalHandlerClient([...router.handlers]) };
}
