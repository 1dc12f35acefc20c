import type { DescService } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  createConnectRouter,
  createServiceImplSpec,
  type Interceptor,
  type ServiceImpl,
} from "@connectrpc/connect";
import type { Compression, UniversalHandler } from "@connectrpc/connect/protocol";
import { type Log, silentLog } from "../core/log.ts";
import type { IdempotencyStore } from "../core/store/idempotency-store.ts";
import type { Validate } from "../core/validate.ts";
import { answerAgain } from "./idempotent-call.ts";
import { createAccessLogInterceptor } from "./interceptor/access-log.ts";
import { createAuthInterceptor } from "./interceptor/auth.ts";
import { createConcurrencyInterceptor } from "./interceptor/concurrency.ts";
import { createDeadlineInterceptor, type DeadlineOptions } from "./interceptor/deadline.ts";
import { createErrorInterceptor } from "./interceptor/errors.ts";
import { createIdempotencyInterceptor } from "./interceptor/idempotency.ts";
import { createTelemetryInterceptor, type TelemetryOptions } from "./interceptor/telemetry.ts";
import { createValidationInterceptor } from "./interceptor/validation.ts";
import { createInvoke, type Invoke } from "./invoke.ts";
import type { Authenticate } from "./jwt.ts";
import { methodContract } from "./method-contract.ts";
import { requireUtf8Query } from "./require-utf8.ts";
import { strictJson } from "./strict-json.ts";
import { type AnswerConnect, createAnswerConnect } from "./unary/answer-connect.ts";
import { createAnswerGrpc } from "./unary/answer-grpc.ts";
import { type AnswerWhole, createAnswerWhole } from "./unary/answer-whole.ts";
import { createRunUnary } from "./unary/run-unary.ts";
import { shortenHandler } from "./unary/short-handler.ts";

/** A proto service with what answers its methods; a method left out answers `unimplemented`. */
export interface RpcRoute {
  readonly service: DescService;
  readonly implementation: Partial<ServiceImpl<DescService>>;
}

/** Puts a proto service and its implementation together, checking that they fit. */
export function rpcRoute<Desc extends DescService>(
  service: Desc,
  implementation: Partial<ServiceImpl<Desc>>,
): RpcRoute {
  return { service, implementation: implementation as RpcRoute["implementation"] };
}

/** As gRPC's. */
export const defaultMaxMessageBytes = 4_194_304;

/** The largest that Connect takes. */
const largestWriteBytes = 0xffffffff;

/** What is done for every call, whichever way it comes in. */
export interface RpcRouterOptions extends TelemetryOptions {
  readonly routes: readonly RpcRoute[];
  /** The server's own services, such as health: open to all, unlogged, unlimited. */
  readonly ownRoutes?: readonly RpcRoute[] | undefined;
  /** Checks requests and answers against their contract. Default: no checks. */
  readonly validate?: Validate | undefined;
  /** Tells who calls; contracts then say who may. Default: everybody may call everything. */
  readonly authenticate?: Authenticate | undefined;
  /** Remembers calls by their idempotency keys, where contracts declare them. Default: keys have no effect. */
  readonly idempotency?: IdempotencyStore | undefined;
  /** Run around every handler, within all of the router's own, the first one outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  readonly deadline?: DeadlineOptions | undefined;
  /** Calls that run at once; further ones are refused with `resource_exhausted`. Default 1,000. */
  readonly maxCalls?: number | undefined;
  /** Largest message in bytes, after decompression, read or written. Default 4 MiB, as gRPC's. */
  readonly maxMessageBytes?: number | undefined;
  /** Ends what still runs, with its reason. */
  readonly shutdown?: AbortSignal | undefined;
  readonly log?: Log | undefined;
}

/** Proto services ready to be called over any carrier: HTTP, NATS, memory. */
export interface RpcRouter {
  /** The services bound, without the server's own. */
  readonly services: readonly DescService[];
  readonly handlers: readonly UniversalHandler[];
  /** Runs a unary method of them on a message that was read already. */
  readonly invoke: Invoke;
  /** Answers a call by one of the handlers, when all of its request is there: the short way, where there is one. */
  readonly answer: AnswerWhole;
  /** The handler of a path such as `/shop.orders.v1.OrderService/GetOrder`. */
  find(path: string): UniversalHandler | undefined;
}

/**
 * Binds proto services to their implementations, with the standard interceptors around each call, outermost first:
 * telemetry, access log, error mapping, deadline, concurrency limit, credentials, validation,
 * idempotency, then those given.
 */
export function createRpcRouter(options: RpcRouterOptions, acceptCompression: readonly Compression[] = []): RpcRouter {
  const maxBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
  const interceptors = serverInterceptors(options);
  const router = createConnectRouter({
    interceptors,
    acceptCompression: [...acceptCompression],
    readMaxBytes: maxBytes,
    writeMaxBytes: maxBytes,
    ...(options.shutdown ? { shutdownSignal: options.shutdown } : {}),
  });
  const { log = silentLog, ownRoutes = [], shutdown } = options;
  const routes = options.routes.map(({ service, implementation }) => ({
    service,
    implementation: withKeptAnswers(service, implementation),
  }));
  register(router, routes);
  register(router, ownRoutes, {
    interceptors: [createErrorInterceptor(log), createDeadlineInterceptor()],
    // Reflection gives whole contracts, which a service's own limit says nothing about.
    writeMaxBytes: largestWriteBytes,
  });
  const invoke = createInvoke({ routes, interceptors, shutdown });
  const services = routes.map(({ service }) => service);
  const answers = new Map<UniversalHandler, AnswerConnect>();
  const handlers = router.handlers.map(requireUtf8Query).map((handler) => {
    const { service, method } = handler;
    if (!services.includes(service) || method.methodKind !== "unary") return handler;
    const way = { run: createRunUnary(method, invoke, maxBytes), maxBytes, acceptCompression };
    const connect = createAnswerConnect(way);
    const short = shortenHandler(handler, { connect, grpc: createAnswerGrpc(way) }, maxBytes);
    answers.set(short, connect);
    return short;
  });
  const paths = new Map(handlers.map((handler) => [handler.requestPath, handler]));
  return { services, handlers, invoke, answer: createAnswerWhole(answers), find: (path) => paths.get(path) };
}

/** The standard interceptors of a server, outermost first. */
export function serverInterceptors(options: Omit<RpcRouterOptions, "routes">): Interceptor[] {
  const { log = silentLog, authenticate, validate, idempotency, interceptors = [] } = options;
  return [
    createTelemetryInterceptor("server", options),
    createAccessLogInterceptor(log),
    createErrorInterceptor(log),
    createDeadlineInterceptor(options.deadline),
    createConcurrencyInterceptor(options.maxCalls ?? 1_000),
    ...(authenticate ? [createAuthInterceptor(authenticate)] : []),
    ...(validate ? [createValidationInterceptor(validate, "server")] : []),
    ...(idempotency ? [createIdempotencyInterceptor(idempotency)] : []),
    ...interceptors,
  ];
}

function register(
  router: ConnectRouter,
  routes: readonly RpcRoute[],
  options?: { readonly interceptors: Interceptor[]; readonly writeMaxBytes: number },
): void {
  for (const { service, implementation } of routes) {
    for (const { method, impl } of Object.values(createServiceImplSpec(service, implementation).methods)) {
      const own = { ...options, jsonOptions: strictJson(method.input) };
      router.rpc(method, impl as never, own);
    }
  }
}

function withKeptAnswers(
  service: DescService,
  implementation: RpcRoute["implementation"],
): Partial<ServiceImpl<DescService>> {
  const runs = implementation as Record<string, Parameters<typeof answerAgain>[1] | undefined>;
  const keyed = service.methods.flatMap((method) => {
    const run = runs[method.localName];
    return run && methodContract(method).idempotencyKey !== "ignored"
      ? [[method.localName, answerAgain(method, run.bind(implementation))]]
      : [];
  });
  return keyed.length === 0 ? implementation : { ...implementation, ...Object.fromEntries(keyed) };
}
