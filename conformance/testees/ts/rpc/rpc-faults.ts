import type { EchoService } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import type { RpcClientOptions, RpcRoute, RpcServerOptions } from "@concord/sdk/rpc";

/** Options of a client of the suite's service. */
export type EchoClientOptions = RpcClientOptions<typeof EchoService>;

/** What a planted fault may decorate in calls. Nothing set: no fault. */
export interface RpcFaults {
  /** What answers calls. */
  readonly rpcRoute?: (route: RpcRoute) => RpcRoute;
  readonly rpcServer?: (options: RpcServerOptions) => RpcServerOptions;
  /** Time for calls under way when the server drains, in milliseconds, whatever was asked. */
  readonly rpcGraceMs?: number;
  readonly rpcClient?: (options: EchoClientOptions) => EchoClientOptions;
}
