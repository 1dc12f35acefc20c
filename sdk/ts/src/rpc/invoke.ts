import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import { createServiceImplSpec, type Interceptor, type MethodImplSpec, type ServiceImpl } from "@connectrpc/connect";
import { invokeUnaryImplementation } from "@connectrpc/connect/protocol";
import { callEnded, createCallContext } from "./call-context.ts";

/** One call as its carrier has it. */
export interface UnaryCall {
  /** The protocol that it came in, as handlers are told. */
  readonly protocol: "connect" | "rest";
  readonly header: Headers;
  readonly url: string;
  readonly verb: string;
  readonly signal?: AbortSignal | undefined;
  /** Deadline that the caller states, in milliseconds from now. */
  readonly timeoutMs: number | undefined;
  /** Where handlers write the heads of the answer, also of one that fails. */
  readonly answer: { readonly header: Headers; readonly trailer: Headers };
}

/** Runs a unary method with all interceptors on a message that was read already. */
export type Invoke = (method: DescMethod, message: Message, call: UnaryCall) => Promise<Message>;

/** What {@link createInvoke} is made from. */
export interface InvokeOptions {
  readonly routes: readonly {
    readonly service: DescService;
    readonly implementation: Partial<ServiceImpl<DescService>>;
  }[];
  readonly interceptors: Interceptor[];
  readonly shutdown: AbortSignal | undefined;
}

/** Makes the way into a router for carriers that have a request whole. */
export function createInvoke({ routes, interceptors, shutdown }: InvokeOptions): Invoke {
  const specs = new Map<DescMethod, MethodImplSpec>();
  for (const { service, implementation } of routes) {
    for (const spec of Object.values(createServiceImplSpec(service, implementation).methods))
      specs.set(spec.method, spec);
  }
  return async (method, message, { protocol, header, url, verb, signal, timeoutMs, answer }) => {
    const context = createCallContext({
      method,
      protocolName: protocol,
      requestMethod: verb,
      url,
      requestHeader: header,
      responseHeader: answer.header,
      responseTrailer: answer.trailer,
      timeoutMs,
      endings: [signal, shutdown],
    });
    try {
      return (await invokeUnaryImplementation(specs.get(method) as never, context, message, interceptors)) as Message;
    } finally {
      context.end(callEnded);
    }
  };
}
