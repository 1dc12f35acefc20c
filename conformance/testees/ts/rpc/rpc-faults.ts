import type { EchoService } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import type { RpcCarrier, RpcClientOptions, RpcHosting, RpcRoute, RpcServerOptions } from "@concord/sdk/rpc";
import type { UniversalHandler } from "@connectrpc/connect/protocol";

/** Options of a client of the suite's service. */
export type EchoClientOptions = RpcClientOptions<typeof EchoService>;

/** What a planted fault may decorate in calls. Nothing set: no fault. */
export interface RpcFaults {
  /** What answers calls. */
  readonly rpcRoute?: (route: RpcRoute) => RpcRoute;
  /** What every call of a method comes in and goes out by. */
  readonly rpcHandler?: (handler: UniversalHandler) => UniversalHandler;
  readonly rpcServer?: (options: RpcServerOptions) => RpcServerOptions;
  /** As whom the server is offered on the broker. */
  readonly rpcHosting?: (hosting: RpcHosting) => RpcHosting;
  /** What carries the client's calls over the broker. */
  readonly rpcCarrier?: (carrier: RpcCarrier) => RpcCarrier;
  /** Time for calls under way when the server drains, in milliseconds, whatever was asked. */
  readonly rpcGraceMs?: number;
  readonly rpcClient?: (options: EchoClientOptions) => EchoClientOptions;
}
