import { create, type DescMethod, type DescMethodUnary, type DescService, type Message } from "@bufbuild/protobuf";
import {
  createContextValues,
  createServiceImplSpec,
  type HandlerContext,
  type Interceptor,
  type ServiceImpl,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { callEnded, createCallSignal } from "./call-signal.ts";
import { interceptUnary } from "./intercept-unary.ts";

/** One call as its carrier has it. */
export interface UnaryCall {
  /** The protocol that it came in, as handlers are told. */
  readonly protocol: "connect" | "grpc" | "rest";
  readonly header: Headers;
  readonly url: string;
  readonly verb: string;
  readonly signal?: AbortSignal | undefined;
  /** Deadline that the caller states, in milliseconds from now. */
  readonly timeoutMs: number | undefined;
  /** Where handlers write the heads of the answer, also of one that fails. */
  readonly heads: AnswerHeads;
}

/** The heads of an answer; handlers and interceptors write into them. */
export interface AnswerHeads {
  readonly header: Headers;
  readonly trailer: Headers;
}

/** Runs a unary method with all interceptors on a message that was read already. */
export type Invoke = (method: DescMethod, message: Message, call: UnaryCall) => Promise<Message>;

/** What {@link createInvoke} is made from. */
export interface InvokeOptions {
  readonly routes: readonly {
    readonly service: DescService;
    readonly implementation: Partial<ServiceImpl<DescService>>;
  }[];
  readonly interceptors: readonly Interceptor[];
  readonly shutdown: AbortSignal | undefined;
}

type Implementation = (message: Message, context: HandlerContext) => unknown;

/** Makes the way into a router for carriers that have a request whole. */
export function createInvoke({ routes, interceptors, shutdown }: InvokeOptions): Invoke {
  const implementations = new Map<DescMethod, Implementation>();
  for (const { service, implementation } of routes) {
    for (const { method, impl } of Object.values(createServiceImplSpec(service, implementation).methods))
      implementations.set(method, impl as Implementation);
  }
  return async (method, message, call) => {
    const { heads, timeoutMs } = call;
    const run = implementations.get(method)!;
    const { signal, end } = createCallSignal(timeoutMs, [call.signal, shutdown]);
    const deadlineMs = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
    const answer = async (request: UnaryRequest): Promise<UnaryResponse> => {
      const output = (await run(request.message, contextOf(request, call, deadlineMs))) as Message;
      const { header, trailer } = heads;
      const { service } = request;
      return {
        stream: false,
        service,
        method: request.method,
        header,
        trailer,
        message: create(method.output, output),
      };
    };
    try {
      const response = await interceptUnary(interceptors, answer)(toRequest(method, message, call, signal));
      copyHeads(response.header, heads.header);
      copyHeads(response.trailer, heads.trailer);
      return response.message;
    } finally {
      end(callEnded);
    }
  };
}

function toRequest(method: DescMethod, message: Message, call: UnaryCall, signal: AbortSignal): UnaryRequest {
  return {
    stream: false,
    service: method.parent,
    method: method as DescMethodUnary,
    requestMethod: call.verb,
    url: call.url,
    header: call.header,
    contextValues: createContextValues(),
    message,
    signal,
  };
}

function contextOf(
  { service, method, requestMethod, url, header, contextValues, signal }: UnaryRequest,
  { protocol, heads }: UnaryCall,
  deadlineMs: number | undefined,
): HandlerContext {
  return {
    service,
    method,
    protocolName: protocol,
    requestMethod,
    url,
    signal,
    timeoutMs: () => (deadlineMs === undefined ? undefined : deadlineMs - Date.now()),
    requestHeader: header,
    values: contextValues,
    responseHeader: heads.header,
    responseTrailer: heads.trailer,
  };
}

/** An interceptor may answer with heads of its own. */
function copyHeads(from: Headers, to: Headers): void {
  if (from === to) return;
  for (const name of [...to.keys()]) to.delete(name);
  from.forEach((value, name) => {
    to.set(name, value);
  });
}
