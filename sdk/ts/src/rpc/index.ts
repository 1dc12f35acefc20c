export { createRpcClient, type RpcClientOptions } from "./client.ts";
export { fromConnectError, toConnectError } from "./error-code.ts";
export type { DependencyHealth, HealthReport } from "./health.ts";
export { createRpcServer, type RpcRoute, type RpcServer, type RpcServerOptions, rpcRoute } from "./server.ts";
