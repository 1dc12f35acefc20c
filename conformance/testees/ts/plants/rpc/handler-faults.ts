import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { type RpcRoute, runInCall } from "@concord/sdk/rpc";
import type { HandlerContext } from "@connectrpc/connect";
import type { Plant } from "../plant.ts";

type Handler = (request: never, context: HandlerContext) => unknown;

/** Makes a fault of every handler. */
function handling(change: (handler: Handler) => Handler): Plant {
  return {
    rpcRoute: ({ service, implementation }: RpcRoute) => {
      const handlers = Object.entries(implementation as unknown as Record<string, Handler>);
      const changed = handlers.map(([name, handler]) => [name, change(handler)] as const);
      return { service, implementation: Object.fromEntries(changed) as unknown as RpcRoute["implementation"] };
    },
  };
}

function changing(context: HandlerContext, changes: Partial<HandlerContext>): HandlerContext {
  const properties = Object.entries(changes).map(([name, value]) => [name, { value }] as const);
  return Object.create(context, Object.fromEntries(properties)) as HandlerContext;
}

/** Answers its caller at the deadline, and leaves the handler running without a word. */
export const noTimeout: Plant = handling(
  (handler) => (request, context) => handler(request, changing(context, { signal: new AbortController().signal })),
);

/** Knows one value of a header, the last. */
export const lastValue: Plant = handling((handler) => (request, context) => {
  const entries = [...context.requestHeader].map(([name, value]) => [name, value.split(", ").at(-1)!] as const);
  return handler(request, changing(context, { requestHeader: new Headers(entries.map(([...entry]) => entry)) }));
});

/** Gives the calls of a handler a deadline of their own. */
export const freshDeadline: Plant = handling(
  (handler) => (request, context) => runInCall({}, () => handler(request, context)),
);

/** Reads a stream to its end before it answers. */
export const collectsFirst: Plant = {
  rpcRoute: ({ service, implementation }) => {
    const chat = (
      implementation as unknown as { chat: (requests: unknown, context: HandlerContext) => AsyncIterable<object> }
    ).chat;
    const collecting = async function* (requests: AsyncIterable<object>, context: HandlerContext) {
      const all: object[] = [];
      for await (const request of requests) all.push(request);
      yield* chat(
        (async function* () {
          yield* all;
        })(),
        context,
      );
    };
    return {
      service,
      implementation: { ...implementation, chat: collecting } as unknown as RpcRoute["implementation"],
    };
  },
};

/** Answers GET whatever a method does (trap: a link that pays). */
export const getsAnything: Plant = {
  rpcRoute: ({ service, implementation }) => {
    const idempotency = { value: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS, enumerable: true };
    const methods = service.methods.map((method) => Object.create(method, { idempotency }) as typeof method);
    const byName = Object.fromEntries(methods.map((method) => [method.localName, method]));
    const changed = Object.create(service, { methods: { value: methods }, method: { value: byName } });
    return { service: changed as RpcRoute["service"], implementation };
  },
};
