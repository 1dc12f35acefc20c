export type { ServiceConfig } from "./config.ts";
export type {
  JobContext,
  RpcContext,
  RpcImplementation,
  ServiceHandler,
  ServiceOptions,
  StatelessServiceOptions,
  Surroundings,
  TransactionScope,
} from "./definition.ts";
export type { RunningService, ServiceBacklog, StartOptions } from "./running-service.ts";
export { createService, type Service } from "./service.ts";
