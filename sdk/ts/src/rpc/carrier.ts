import { createUniversalHandlerClient, type UniversalClientFn } from "@connectrpc/connect/protocol";
import type { RpcRouter } from "./router.ts";

/** What carries calls other than HTTP: NATS, or the memory of this process. */
export interface RpcCarrier {
  /** Sends a request of the Connect protocol and gives its response. */
  readonly send: UniversalClientFn;
}

/** As whom a router is offered. */
export interface RpcHosting {
  /** Name of the service; its replicas share the calls. */
  readonly service: string;
  /** Keeps systems on one broker apart. */
  readonly namespace?: string | undefined;
  /** Told by tools. Default `0.0.0`. */
  readonly version?: string | undefined;
}

/** A router that is offered to callers. */
export interface RpcListening {
  /** Takes no new calls, then waits for those under way. */
  close(): Promise<void>;
}

/** What can offer a router to others, as a connection to NATS can. */
export interface RpcHost {
  serveRpc(router: RpcRouter, hosting: RpcHosting): RpcListening;
}

/**
 * Carries calls to a router in this process: everything but the network is as it is over one, with interceptors, limits,
 * serialization and deadlines.
 */
export function createLocalCarrier(router: RpcRouter): RpcCarrier {
  return { send: createUniversalHandlerClient([...router.handlers]) };
}
