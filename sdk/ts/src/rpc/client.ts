import {
  create,
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { ConcordError, isConcordError } from "../core/error.ts";
import type { Validate } from "../core/validate.ts";
import { currentCall } from "./call-scope.ts";
import { type ClientTransportOptions, openClientTransport } from "./client-transport.ts";
import { fromConnectError } from "./error-code.ts";
import { createBreakerInterceptor, type RpcBreaker } from "./interceptor/breaker.ts";
import { connectionErrorInterceptor } from "./interceptor/connection-error.ts";
import { createRetryInterceptor, type RetryOptions } from "./interceptor/retry.ts";
import { createTelemetryInterceptor, type TelemetryOptions } from "./interceptor/telemetry.ts";
import { createTokenInterceptor } from "./interceptor/token.ts";
import { createValidationInterceptor } from "./interceptor/validation.ts";
import { watchStream } from "./interceptor/watch-stream.ts";

/** What answers instead of a service that cannot be reached, by method. */
export type RpcFallbacks<Desc extends DescService> = {
  readonly [Name in keyof Desc["method"]]?: Desc["method"][Name] extends DescMethodUnary<infer Input, infer Output>
    ? (
        request: MessageInitShape<Input>,
        error: ConcordError,
      ) => MessageInitShape<Output> | Promise<MessageInitShape<Output>>
    : never;
};

/** How a service is called. */
export interface RpcClientOptions<Desc extends DescService = DescService>
  extends ClientTransportOptions,
    TelemetryOptions {
  /**
   * Deadline of a unary call that names none, in milliseconds. Default 5,000. It is never later than the deadline of the call
   * that this one is made in.
   */
  readonly timeoutMs?: number | undefined;
  /** Repeats what may be repeated; `false`: nothing. */
  readonly retry?: RetryOptions | false | undefined;
  /** Stops calling while the service fails. Default: none. */
  readonly breaker?: RpcBreaker | undefined;
  /** Answers while the service cannot be reached, does not answer in time, or its circuit is open. */
  readonly fallback?: RpcFallbacks<Desc> | undefined;
  /** Gives the bearer token of each call. */
  readonly token?: (() => string | Promise<string>) | undefined;
  /** Checks requests and answers against their contract. Default: no checks. */
  readonly validate?: Validate | undefined;
  /** Further interceptors, around all of the client's own, the first one outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
}

/**
 * Makes a typed client of a proto service. Calls take `{ signal, timeoutMs, headers }` and reject with a `ConcordError`
 * whose code tells what the service answered. Within a handler they have what is left of its deadline, and its trace.
 * @throws {ConcordError} `config` unless exactly one of `url`, `nats` and `local` says where the service is.
 */
export function createRpcClient<Desc extends DescService>(
  service: Desc,
  options: RpcClientOptions<Desc>,
): Client<Desc> {
  const transport = openClientTransport(service, options, [
    ...(options.interceptors ?? []),
    ...(options.token ? [createTokenInterceptor(options.token)] : []),
    ...(options.validate ? [createValidationInterceptor(options.validate, "client")] : []),
    ...(options.breaker ? [createBreakerInterceptor(options.breaker)] : []),
    ...(options.retry === false ? [] : [createRetryInterceptor(options.retry)]),
    createTelemetryInterceptor("client", options),
    connectionErrorInterceptor,
  ]);
  return wrapCalls(service, createClient(service, transport), options);
}

type Call = (request: unknown, options?: CallChoice) => unknown;

interface CallChoice {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Outside of the interceptors, because Connect turns what they throw into an error of its own. */
function wrapCalls<Desc extends DescService>(
  service: Desc,
  client: Client<Desc>,
  options: RpcClientOptions<Desc>,
): Client<Desc> {
  const calls = client as Record<string, Call>;
  const wrapped = service.methods.map((method) => {
    const call = calls[method.localName]!;
    if (method.methodKind === "unary") return [method.localName, wrapUnary(call, method, options)];
    const takesStream = method.methodKind === "client_streaming";
    return [method.localName, takesStream ? wrapPromise(call) : wrapStream(call)];
  });
  return Object.fromEntries(wrapped) as Client<Desc>;
}

function wrapUnary<Desc extends DescService>(
  call: Call,
  method: DescMethod,
  { timeoutMs = 5_000, fallback }: RpcClientOptions<Desc>,
): Call {
  const answer = fallback?.[method.localName as keyof Desc["method"]] as
    | ((request: unknown, error: ConcordError) => MessageInitShape<typeof method.output>)
    | undefined;
  return async (request, options) => {
    try {
      return await call(request, withDeadline(options, timeoutMs));
    } catch (thrown) {
      const error = fromConnectError(thrown);
      if (answer && isUnreachable(error)) return create(method.output, await answer(request, error));
      throw error;
    }
  };
}

function wrapPromise(call: Call): Call {
  return async (request, options) => {
    try {
      return await call(request, withDeadline(options, undefined));
    } catch (error) {
      throw fromConnectError(error);
    }
  };
}

/** Connect's own streams go on when nobody reads them any more; leaving the loop of one of ours ends the call. */
function wrapStream(call: Call): Call {
  return (request, options) => {
    const left = new AbortController();
    const signal = options?.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    const messages = call(request, { ...withDeadline(options, undefined), signal }) as AsyncIterable<unknown>;
    return watchStream(messages, { failure: fromConnectError, end: () => left.abort() });
  };
}

/** @throws {ConcordError} `deadline_exceeded` when the call that this one is made in has no time left. */
function withDeadline(options: CallChoice = {}, defaultMs: number | undefined): CallChoice {
  const stated = wholeMs(options.timeoutMs ?? defaultMs);
  const { deadlineMs } = currentCall() ?? {};
  if (deadlineMs === undefined) return stated === undefined ? options : { ...options, timeoutMs: stated };
  const leftMs = Math.floor(deadlineMs - Date.now());
  if (leftMs <= 0) throw new ConcordError("deadline_exceeded", "no time is left for a further call");
  return { ...options, timeoutMs: Math.min(leftMs, stated ?? leftMs) };
}

/** A deadline goes over the wire in whole milliseconds; what is left of another one may have parts. */
function wholeMs(timeoutMs: number | undefined): number | undefined {
  return timeoutMs !== undefined && timeoutMs > 0 ? Math.max(1, Math.floor(timeoutMs)) : timeoutMs;
}

function isUnreachable(error: ConcordError): boolean {
  return (["circuit_open", "unavailable", "deadline_exceeded"] as const).some((code) => isConcordError(error, code));
}
