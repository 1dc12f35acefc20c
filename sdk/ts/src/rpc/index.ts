export { type CallScope, currentCall, runInCall } from "./call-scope.ts";
export { createRpcClient, type RpcClientOptions } from "./client.ts";
export { fromConnectError, toConnectError } from "./error-code.ts";
export type { DependencyHealth, HealthReport } from "./health.ts";
export { createRpcRouter, type RpcRoute, type RpcRouter, type RpcRouterOptions, rpcRoute } from "./router.ts";
export { createRpcServer, type RpcServer, type RpcServerOptions } from "./server.ts";
