import type { DescMethod } from "@bufbuild/protobuf";
import { createUniversalHandlerClient, type UniversalClientFn } from "@connectrpc/connect/protocol";
import { collectBytes, oneChunk } from "./byte-stream.ts";
import type { RpcRouter } from "./router.ts";
import type { ConnectAnswered } from "./unary/answer-connect.ts";

/** A unary call of the Connect protocol on its way. */
export interface CarriedCall {
  readonly method: DescMethod;
  /** Host and path, such as `https://shop/shop.orders.v1.OrderService/GetOrder`; a namespace is the host, `-` for none. */
  readonly url: string;
  readonly header: Headers;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** What carries calls other than HTTP: NATS, or the memory of this process. */
export interface RpcCarrier {
  /** Sends a unary call and gives its answer. */
  ask(call: CarriedCall): Promise<ConnectAnswered>;
  /** Sends the request of any other call and gives its response. */
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
  const send = createUniversalHandlerClient([...router.handlers]);
  return {
    send,
    async ask({ body, ...call }) {
      const { status, header, body: answer } = await send({ ...call, method: "POST", body: oneChunk(body) });
      return { status, header, body: await collectBytes(answer) };
    },
  };
}
