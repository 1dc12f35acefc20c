import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createHandlerContext,
  createServiceImplSpec,
  type Interceptor,
  type MethodImplSpec,
  type ServiceImpl,
} from "@connectrpc/connect";
import { invokeUnaryImplementation } from "@connectrpc/connect/protocol";

/** One call as its carrier has it. */
export interface UnaryCall {
  readonly header: Headers;
  readonly url: string;
  readonly verb: string;
  readonly signal: AbortSignal;
  /** Deadline that the caller states, in milliseconds from now. */
  readonly timeoutMs: number | undefined;
}

/** What comes of it. */
export interface UnaryAnswer {
  readonly message: Message;
  readonly header: Headers;
}

/** Why a call's signal aborts when all went well; without a reason Node would make one, stack trace and all, each time. */
const ended: ConnectError = new ConnectError("the call has ended", Code.Canceled);

/** Runs a unary method with all interceptors on a message that was read already. */
export type Invoke = (method: DescMethod, message: Message, call: UnaryCall) => Promise<UnaryAnswer>;

/** What {@link createInvoke} is made from. */
export interface InvokeOptions {
  readonly routes: readonly {
    readonly service: DescService;
    readonly implementation: Partial<ServiceImpl<DescService>>;
  }[];
  readonly interceptors: Interceptor[];
  readonly shutdown: AbortSignal | undefined;
}

/** Makes the way into a router for carriers that are no protocol of Connect. */
export function createInvoke({ routes, interceptors, shutdown }: InvokeOptions): Invoke {
  const specs = new Map<DescMethod, MethodImplSpec>();
  for (const { service, implementation } of routes) {
    for (const spec of Object.values(createServiceImplSpec(service, implementation).methods))
      specs.set(spec.method, spec);
  }
  return async (method, message, { header, url, verb, signal, timeoutMs }) => {
    const context = createHandlerContext({
      service: method.parent,
      method,
      protocolName: "rest",
      requestMethod: verb,
      url,
      requestSignal: signal,
      requestHeader: header,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(shutdown ? { shutdownSignal: shutdown } : {}),
    });
    try {
      const answer = await invokeUnaryImplementation(specs.get(method) as never, context, message, interceptors);
      return { message: answer as Message, header: context.responseHeader };
    } finally {
      context.abort(ended);
    }
  };
}
